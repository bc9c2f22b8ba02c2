"""Every mail that came in: its bytes as they arrived, how it ended, and what people decided about it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Contact
from lynnsupport.outbox.models import OutboxMessage
from tickets.models import Message, Ticket
from tickets.models.record import AppendOnly

from .domain.outcomes import Kind, Why
from .domain.senders import Authentication

KIND_LABELS = [
    (Kind.NEW_TICKET, _("New ticket")),
    (Kind.REPLY, _("Added to a ticket")),
    (Kind.BOUNCE, _("A mail of ours that came back")),
    (Kind.IGNORED, _("Set aside: not from a person")),
    (Kind.QUARANTINED, _("Quarantined")),
]
WHY_LABELS = [
    (Why.OPENED, _("A ticket was opened.")),
    (Why.ADDED, _("It was added to its ticket.")),
    (Why.REOPENED, _("It was added to its ticket, which it opened again (CRP-3).")),
    (Why.GOES_ON, _("The ticket that it answers goes on in this one, where it was added:")),
    (Why.FOLLOWED, _("The ticket that it answers was closed for too long; a new one follows it (CRP-3):")),
    (Why.RETURNED, _("A mail of ours came back.")),
    (Why.RETURNED_UNKNOWN, _("A mail came back that is none of ours.")),
    (Why.DELIVERED_REPORT, _("A report that a mail of ours arrived, or is on its way.")),
    (Why.OWN_MAIL, _("It is a mail of our own.")),
    (Why.AUTO_SUBMITTED, _("An automatic message: it neither answers nor reopens (CRP-3).")),
    (Why.LIST, _("It was sent to a list, or in bulk.")),
    (Why.NULL_SENDER, _("It has no sender to answer to, as automatic messages do.")),
    (Why.NO_REPLY, _("Its address takes no answers.")),
    (Why.ABSENCE, _("A notice of absence: it neither answers nor reopens (CRP-3).")),
    (Why.RECEIPT, _("A receipt that a mail was read.")),
    (Why.INVITATION, _("An answer to an invitation.")),
    (Why.EMPTY, _("It is empty.")),
    (Why.UNREADABLE, _("No mail can be made out in it.")),
    (Why.OVER_LIMIT, _("It is larger or more nested than what is read automatically.")),
    (Why.PARTIAL, _("It is one piece of a mail that was sent in several.")),
    (Why.NO_SENDER, _("It does not say, or says more than once, from whom it is.")),
    (Why.FORGED, _("Our mail server says that it is not from whom it claims.")),
    (Why.UNVERIFIED, _("Our mail server could not verify its sender.")),
    (Why.UNKNOWN_SENDER, _("Nobody has this address in the directory.")),
    (Why.AMBIGUOUS_SENDER, _("Several contacts have this address.")),
    (Why.NO_ACCESS, _("This person's access has ended.")),
    (Why.STAFF, _("It is from one of Lynn's people: support answers in the desk.")),
    (Why.NOT_ENTITLED, _("Its sender has no part in the ticket that it answers (INT-5).")),
    (Why.NO_TENANT, _("Its subject does not begin with a tenant ID (INT-4).")),
    (Why.UNKNOWN_TENANT, _("Its sender's organisation has no tenant with this ID (INT-4).")),
    (Why.NOT_APPROVED, _("Its partner is not commercially approved (SUP-4).")),
    (Why.DUPLICATE, _("The same mail had come another way.")),
    (Why.CLOSED_TICKET, _("It answers a ticket that is closed.")),
    (Why.REFUSED, _("The rules did not allow it.")),
    (Why.FAILED, _("It could not be processed; it is kept.")),
]
AUTHENTICATION_LABELS = [
    (Authentication.VERIFIED, _("verified by our mail server")),
    (Authentication.UNVERIFIED, _("not verified")),
    (Authentication.FAILED, _("failed our mail server's check")),
]


class WithoutRaw(models.Manager):
    """Rows without their bytes, which are read only where somebody asks for them."""

    def get_queryset(self):
        return super().get_queryset().defer("raw")


class InboundMail(models.Model):
    """One mail. Its bytes are stored first and never change; everything else is found out in a second step.

    The bytes are its identity: the same ones again are counted. A Message-ID that comes with other bytes is
    another mail, and both are flagged. `outcome` is what the portal made of it and stays so; what a person
    decides later about one in quarantine is a `MailDecision`.
    """

    sha256 = models.CharField(_("SHA-256"), max_length=64, unique=True)
    raw = models.BinaryField(_("as it arrived"))
    size = models.PositiveBigIntegerField(_("size in bytes"))
    is_cut = models.BooleanField(_("only its beginning is kept"), default=False)
    identifier = models.CharField(_("Message-ID"), max_length=500, blank=True, db_index=True)
    received_at = models.DateTimeField(_("received"), db_index=True)
    copies = models.PositiveIntegerField(_("came again"), default=0)
    has_twin = models.BooleanField(_("another mail has its Message-ID"), default=False)
    erased_at = models.DateTimeField(_("its bytes erased"), null=True, blank=True)

    attempts = models.PositiveSmallIntegerField(_("attempts to process it"), default=0)
    last_error = models.TextField(_("last error"), blank=True)
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=KIND_LABELS, blank=True)
    why = models.CharField(_("why"), max_length=20, choices=WHY_LABELS, blank=True)
    detail = models.CharField(_("in particular"), max_length=500, blank=True)

    sender_address = models.CharField(_("from"), max_length=320, blank=True)
    sender_name = models.CharField(_("name"), max_length=150, blank=True)
    subject = models.CharField(_("subject"), max_length=1000, blank=True)
    authentication = models.CharField(
        _("sender"), max_length=10, choices=AUTHENTICATION_LABELS, default=Authentication.UNVERIFIED
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("contact")
    )
    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ticket")
    )
    message = models.OneToOneField(
        Message, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("message")
    )
    bounced = models.ForeignKey(
        OutboxMessage,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("mail that came back"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects = WithoutRaw()

    class Meta:
        verbose_name = _("incoming mail")
        verbose_name_plural = _("incoming mails")
        ordering = ["-received_at", "-pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["received_at", "id"], condition=Q(outcome=""), name="inbound_to_process"),
            models.Index(
                fields=["received_at", "id"],
                condition=Q(outcome="quarantined", decided_at__isnull=True),
                name="inbound_quarantine",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", processed_at__isnull=True, why="")
                | Q(outcome__in=[kind.value for kind in Kind], processed_at__isnull=False) & ~Q(why=""),
                name="inbound_outcome_when_processed",
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=["new_ticket", "reply"])
                | Q(ticket__isnull=False, message__isnull=False),
                name="inbound_on_a_ticket",
            ),
        ]

    def __str__(self) -> str:
        return self.subject or self.identifier or self.sha256[:12]

    @property
    def is_waiting(self) -> bool:
        """In quarantine, and nobody has decided about it yet."""
        return self.outcome == Kind.QUARANTINED and self.decided_at is None

    @property
    def can_be_released(self) -> bool:
        """Also what was set aside as automatic: a machine may have erred about a person."""
        return self.outcome in {Kind.QUARANTINED, Kind.IGNORED} and self.message_id is None


class MailDecision(AppendOnly):
    """What a person did with a mail: who, when, why."""

    class Act(models.TextChoices):
        OPENED = "opened", _("Opened a ticket with it")
        ADDED = "added", _("Added it to a ticket")
        REJECTED = "rejected", _("Rejected it")
        LINKED = "linked", _("Linked it to a contact")

    mail = models.ForeignKey(InboundMail, on_delete=models.PROTECT, related_name="decisions")
    act = models.CharField(_("what"), max_length=10, choices=Act.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))
    reason = models.TextField(_("reason"), blank=True)
    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("ticket")
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("contact")
    )

    class Meta:
        verbose_name = _("decision on a mail")
        verbose_name_plural = _("decisions on mails")
        ordering = ["at", "id"]
        default_permissions = ()
        constraints = [
            # A mail becomes part of one ticket at most, and a rejected one may still be released later.
            models.UniqueConstraint(
                fields=["mail"], condition=Q(act__in=["opened", "added"]), name="mail_released_once"
            ),
            models.UniqueConstraint(fields=["mail"], condition=Q(act="rejected"), name="mail_rejected_once"),
            models.CheckConstraint(
                condition=~Q(act="rejected") | ~Q(reason=""), name="mail_rejected_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mail_id} · {self.get_act_display()}"


class AutomaticAnswer(models.Model):
    """That an address was answered automatically on a day: its row is the limit that ends every loop.

    `number` counts the answers of one kind on that day; no two processes can give the same one.
    """

    address = models.CharField(max_length=320)
    kind = models.CharField(max_length=50)
    on = models.DateField()
    number = models.PositiveSmallIntegerField(default=1)
    mail = models.ForeignKey(InboundMail, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("automatic answer")
        verbose_name_plural = _("automatic answers")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["address", "kind", "on", "number"], name="answered_so_often_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address} · {self.kind} · {self.on}"


class MailboxEntry(models.Model):
    """Where in a mailbox a mail lay. UIDs mean the same only under one UIDVALIDITY (RFC 9051 2.3.1)."""

    mailbox = models.CharField(max_length=250)
    uid_validity = models.PositiveBigIntegerField()
    uid = models.PositiveBigIntegerField()
    mail = models.ForeignKey(InboundMail, on_delete=models.PROTECT, related_name="entries")
    stored_at = models.DateTimeField()

    class Meta:
        verbose_name = _("entry of a mailbox")
        verbose_name_plural = _("entries of mailboxes")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "uid_validity", "uid"], name="mailbox_entry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox} {self.uid_validity}/{self.uid}"
