"""What was said on a ticket, by whom, and the evidence that came with it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Contact

from .ticket import CHANNEL_LABELS, Ticket


class Message(models.Model):
    """One contribution. Public ones are seen by both sides, internal ones by Lynn alone."""

    class Side(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        SUPPORT = "support", _("Support")
        SYSTEM = "system", _("Automatic")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="messages")
    side = models.CharField(_("side"), max_length=8, choices=Side.choices)
    is_internal = models.BooleanField(_("internal"), default=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("author"),
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("contact")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=CHANNEL_LABELS)
    body = models.TextField(_("text"))
    # What a mail repeated of earlier ones, and its signature: folded away, never dropped.
    quoted = models.TextField(_("quoted text"), blank=True)
    at = models.DateTimeField(_("at"))
    submission_key = models.UUIDField(null=True, editable=False)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "submission_key"], name="message_once_per_submission"),
            models.CheckConstraint(
                condition=Q(side="customer", contact__isnull=False, is_internal=False)
                | Q(side="support", author__isnull=False)
                | Q(side="system"),
                name="message_author_fits_side",
            ),
        ]
        indexes = [models.Index(fields=["ticket", "at", "id"], name="message_conversation")]

    def __str__(self) -> str:
        return f"{self.ticket_id} · {self.get_side_display()} · {self.at:%Y-%m-%d %H:%M}"

    @property
    def author_name(self) -> str:
        person = self.contact if self.side == self.Side.CUSTOMER else self.author
        return person.name if person else ""


def stored_name(attachment: "Attachment", filename: str) -> str:
    """Where the bytes go: a name of our own making; nothing of the sender's reaches the disk."""
    return f"attachments/{attachment.message.at:%Y/%m}/{attachment.public_id.hex}"


class Attachment(models.Model):
    """Evidence. `name` is what the sender called it, cleaned; the bytes lie under a name of ours."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attachments")
    file = models.FileField(upload_to=stored_name, max_length=120)
    name = models.CharField(_("name"), max_length=150)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """A ticket form as far as it was typed, kept for its author until it is sent or discarded."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="ticket_draft"
    )
    answers = models.JSONField(default=dict)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")

    def __str__(self) -> str:
        return f"{self.user} · {self.updated_at:%Y-%m-%d %H:%M}"


class CallDraft(models.Model):
    """What has been typed of a call so far, kept for whoever is on the telephone until it is a ticket."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="call_drafts")
    caller = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    answers = models.JSONField(default=dict)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("unfinished call")
        verbose_name_plural = _("unfinished calls")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "caller"], name="call_draft_once_per_caller")]

    def __str__(self) -> str:
        return f"{self.user} · {self.caller} · {self.updated_at:%Y-%m-%d %H:%M}"
