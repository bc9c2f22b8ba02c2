"""Names by which mail programs know a mail and its conversation: stable, and not to be guessed.

Both are keyed digests, so a stranger who knows a ticket's number cannot forge an answer into its thread.
"""

from django.conf import settings
from django.utils.crypto import salted_hmac


def message_id(key: str) -> str:
    """The Message-ID, with its angle brackets, of the mail under that key: the same at every attempt."""
    return _identifier("message", key)


def thread_id(thread: str) -> str:
    """What every mail of a thread names in References and In-Reply-To; an answer to any repeats it."""
    return _identifier("thread", thread)


def _identifier(sort: str, name: str) -> str:
    digest = salted_hmac(f"lynnsupport.outbox.{sort}", name, algorithm="sha256").hexdigest()
    return f"<{digest[:40]}@{settings.OUTBOX_MESSAGE_ID_DOMAIN}>"
