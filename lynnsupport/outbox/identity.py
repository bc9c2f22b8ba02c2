"""Names by which mail programs know a mail, its conversation and its way back: stable, and not to be guessed.

All are signed or digested under the installation's key, so a stranger who knows a ticket's number cannot
forge an answer into its thread, nor a bounce of a mail that never left.
"""

import re

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

_THREAD = re.compile(r"[A-Za-z0-9-]+")
_SIGNED = re.compile(r"([A-Za-z0-9-]+)\.([0-9a-f]{20})")


def message_id(key: str) -> str:
    """The Message-ID, with its angle brackets, of the mail under that key: the same at every attempt."""
    digest = salted_hmac("lynnsupport.outbox.message", key, algorithm="sha256").hexdigest()
    return f"<{digest[:40]}@{settings.OUTBOX_MESSAGE_ID_DOMAIN}>"


def thread_id(thread: str) -> str:
    """What every mail of a thread names in References and In-Reply-To; an answer to any repeats it.

    ValueError for a name of anything but letters, digits and hyphens.
    """
    return f"<{_signed('thread', thread)}@{settings.OUTBOX_MESSAGE_ID_DOMAIN}>"


def is_ours(identifier: str) -> bool:
    """Whether a Message-ID is named as those of our mails are."""
    return identifier.strip("<>").rpartition("@")[2].lower() == settings.OUTBOX_MESSAGE_ID_DOMAIN.lower()


def thread_of(identifier: str) -> str | None:
    """The thread that a Message-ID of ours names, as `thread_id` wrote it; None for any other."""
    local, _, domain = identifier.strip().strip("<>").rpartition("@")
    if domain.lower() != settings.OUTBOX_MESSAGE_ID_DOMAIN.lower():
        return None
    return _name_in("thread", local)


def reply_address(thread: str) -> str:
    """Where answers to a thread go: the support address, with the signed thread in it where servers allow."""
    if not (thread and settings.MAIL_PLUS_ADDRESSING):
        return settings.SUPPORT_EMAIL
    return _plus(_signed("thread", thread))


def thread_of_address(address: str) -> str | None:
    """The thread that a recipient's address of ours names, as `reply_address` wrote it."""
    return _name_in("thread", _tag_of(address))


def return_path(message: int) -> str:
    """Envelope sender of one mail (VERP): a bounce to it names the mail, whatever else it says."""
    if not settings.MAIL_PLUS_ADDRESSING:
        return settings.SUPPORT_EMAIL
    return _plus(_signed("bounce", f"b-{message}"))


def message_of_address(address: str) -> int | None:
    """The number of the mail whose `return_path` this address is."""
    name = _name_in("bounce", _tag_of(address))
    return int(name.removeprefix("b-")) if name else None


def _signed(sort: str, name: str) -> str:
    if not _THREAD.fullmatch(name):
        raise ValueError(f"{name!r} cannot stand in a mail's headers as it is")
    return f"{name}.{_signature(sort, name)}"


def _signature(sort: str, name: str) -> str:
    """Eighty bits, in capitals or not: mail servers change the case of addresses."""
    salt = f"lynnsupport.outbox.{sort}"
    return salted_hmac(salt, name.lower(), algorithm="sha256").hexdigest()[:20]


def _name_in(sort: str, text: str) -> str | None:
    found = _SIGNED.fullmatch(text) or _SIGNED.fullmatch(text.lower())
    if found is None or not constant_time_compare(_signature(sort, found[1]), found[2].lower()):
        return None
    return found[1]


def _plus(tag: str) -> str:
    local, _, domain = settings.SUPPORT_EMAIL.rpartition("@")
    return f"{local}+{tag}@{domain}"


def _tag_of(address: str) -> str:
    local, _, domain = address.strip().rpartition("@")
    own_local, _, own_domain = settings.SUPPORT_EMAIL.rpartition("@")
    name, _, tag = local.partition("+")
    is_ours = (name.lower(), domain.lower()) == (own_local.lower(), own_domain.lower())
    return tag if is_ours else ""
