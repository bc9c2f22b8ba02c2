"""Evidence that comes with a message: checked at the door, stored under a name of ours.

What a file *is* never decides how it is served: always as a download (see `views.attachment`).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import puremagic
from django.conf import settings
from django.core.files.base import File
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from lynnsupport.common.inserting import insert

from .domain.filenames import clean_name, ending_of
from .models import Attachment, Message

PLAIN_TEXT_ENDINGS = frozenset({"txt", "log", "csv", "json", "xml", "har", "yaml", "yml", "md", "eml"})


@dataclass(frozen=True)
class Upload:
    """A file as it arrived: the sender's name for it and its bytes."""

    name: str
    content: File

    @property
    def size(self) -> int:
        return self.content.size


def problems_with(uploads: Sequence[Upload], *, already_stored: int = 0) -> list[str]:
    """What is wrong with these files, a sentence each, for the person who chose them.

    `already_stored` is what the ticket holds already, in bytes.
    """
    problems = []
    if len(uploads) > settings.ATTACHMENTS_PER_MESSAGE:
        problems.append(
            _("At most %(count)d files can be sent at once.") % {"count": settings.ATTACHMENTS_PER_MESSAGE}
        )
    for upload in uploads:
        name, ending = clean_name(upload.name), ending_of(clean_name(upload.name))
        if upload.size > settings.ATTACHMENT_MAX_BYTES:
            problems.append(
                _("«%(name)s» is larger than %(limit)s. Compress it, or send a part of it.")
                % {"name": name, "limit": filesizeformat(settings.ATTACHMENT_MAX_BYTES)}
            )
        elif upload.size == 0:
            problems.append(_("«%(name)s» is empty.") % {"name": name})
        elif ending not in settings.ATTACHMENT_ENDINGS:
            problems.append(
                _("«%(name)s» cannot be taken. Send a picture, PDF, text, log, document or ZIP.")
                % {"name": name}
            )
    total = already_stored + sum(upload.size for upload in uploads)
    if total > settings.ATTACHMENTS_PER_TICKET_BYTES:
        problems.append(
            _("A ticket holds at most %(limit)s of files.")
            % {"limit": filesizeformat(settings.ATTACHMENTS_PER_TICKET_BYTES)}
        )
    return problems


def stored_bytes(ticket_id: int) -> int:
    """What the ticket's evidence takes already, in bytes."""
    total = Attachment.objects.filter(message__ticket=ticket_id).aggregate(total=Sum("size"))["total"]
    return total or 0


def attach(message: Message, uploads: Iterable[Upload]) -> list[Attachment]:
    """Store the files beside their message, in the caller's transaction."""
    files = filed(message, uploads)
    insert(files)
    return files


def filed(message: Message, uploads: Iterable[Upload]) -> list[Attachment]:
    """The files put away under names of ours, for rows that are inserted once their message is stored."""
    return [_filed(message, upload) for upload in uploads]


def _filed(message: Message, upload: Upload) -> Attachment:
    digest = hashlib.sha256()
    for chunk in upload.content.chunks():
        digest.update(chunk)
    name = clean_name(upload.name)
    attachment = Attachment(
        message=message,
        name=name,
        content_type=_sniff(upload, name),
        size=upload.size,
        sha256=digest.hexdigest(),
    )
    upload.content.seek(0)
    attachment.file.save(name, upload.content, save=False)
    return attachment


def _sniff(upload: Upload, name: str) -> str:
    """What the bytes say they are; the sender's own claim is not believed."""
    upload.content.seek(0)
    head = upload.content.read(4096)
    try:
        return puremagic.from_string(head, mime=True) or "application/octet-stream"
    except (puremagic.PureError, ValueError):  # unknown, or empty as a mail's file may be
        pass
    if ending_of(name) in PLAIN_TEXT_ENDINGS and b"\0" not in head:
        return "text/plain"
    return "application/octet-stream"
