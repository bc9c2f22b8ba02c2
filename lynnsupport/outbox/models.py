"""Every mail that leaves, from the fact it tells to its fate. The row is the promise; a broker only rings."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OutboxMessage(models.Model):
    """One mail to one person, stored in the transaction of the fact it tells.

    Delivery is at least once. A process that dies between the mail server's «accepted» and the commit leaves
    the row `sending`; what became of that mail is unknown until the lease ends, and then, for every kind, it
    is sent again under the same Message-ID: a notice twice in one mailbox does less harm than one that never
    came.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting to be sent")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        GIVEN_UP = "given_up", _("Given up")

    class Failure(models.TextChoices):
        BAD_ADDRESS = "bad_address", _("The address is not valid")
        UNWRITABLE = "unwritable", _("The text could not be written")
        REFUSED = "refused", _("The mail server refused it for good")
        EXHAUSTED = "exhausted", _("The last attempt failed too")
        INTERRUPTED = "interrupted", _("Every attempt ended with the process")
        SUSPENDED = "suspended", _("The address returns what is sent to it")

    key = models.CharField(
        _("key"), max_length=400, unique=True, help_text=_("The fact and the reader: never told twice.")
    )
    kind = models.CharField(_("kind"), max_length=50, db_index=True)
    to_address = models.CharField(_("address"), max_length=254)
    to_name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=10)
    time_zone = models.CharField(_("time zone"), max_length=50)
    context = models.JSONField(_("what it tells"))
    about = models.CharField(_("ticket"), max_length=40, blank=True, db_index=True)
    thread = models.CharField(_("thread"), max_length=100, blank=True)
    unsubscribe = models.CharField(_("path to unsubscribe"), max_length=400, blank=True)
    calendar = models.TextField(_("calendar entry"), blank=True)
    message_id = models.CharField(_("Message-ID"), max_length=200, unique=True)
    created_at = models.DateTimeField(_("since"), db_index=True)

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    interruptions = models.PositiveSmallIntegerField(
        _("interrupted attempts"),
        default=0,
        help_text=_("Attempts whose process died: the mail may have arrived that many times more."),
    )
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    lease_id = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(_("in one process's hands until"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    failure = models.CharField(_("why given up"), max_length=12, choices=Failure.choices, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    bounced_at = models.DateTimeField(_("came back"), null=True, blank=True)
    bounce = models.TextField(_("why it came back"), blank=True)

    subject = models.TextField(_("subject"), blank=True)
    body_text = models.TextField(_("text"), blank=True)
    body_html = models.TextField(_("HTML"), blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-created_at", "-pk"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"], condition=Q(state="pending"), name="outbox_pending_due"
            ),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="outbox_sending_lease"),
            models.Index(fields=["state"], condition=~Q(state="sent"), name="outbox_not_sent"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["pending", "sending", "sent", "given_up"]), name="outbox_known_state"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "sending"], next_attempt_at__isnull=False)
                | Q(state__in=["sent", "given_up"], next_attempt_at__isnull=True),
                name="outbox_next_attempt_while_unfinished",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", lease_until__isnull=False, lease_id__isnull=False)
                | (~Q(state="sending") & Q(lease_until__isnull=True, lease_id__isnull=True)),
                name="outbox_lease_while_sending",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="outbox_sent_at_when_sent",
            ),
            models.CheckConstraint(
                condition=(Q(state="given_up") & ~Q(failure="")) | (~Q(state="given_up") & Q(failure="")),
                name="outbox_failure_when_given_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.to_address}"

    @property
    def is_written(self) -> bool:
        """Whether its words were fixed, at the first attempt; later attempts send the same."""
        return bool(self.subject)


class ReadersMail(models.Model):
    """A mail that the reader of a thread wrote in it: what goes there later answers it (RFC 5322 3.6.4)."""

    thread = models.CharField(max_length=100)
    address = models.CharField(max_length=254)  # in small letters
    identifier = models.CharField(max_length=250)  # with its angle brackets

    class Meta:
        verbose_name = _("mail of a reader")
        verbose_name_plural = _("mails of readers")
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["thread", "address", "identifier"], name="readers_mail_once"),
        ]

    def __str__(self) -> str:
        return f"{self.thread} · {self.identifier}"


class Replay(models.Model):
    """That a person had a given-up message sent again, and what had been wrong with it."""

    message = models.ForeignKey(
        OutboxMessage, on_delete=models.PROTECT, related_name="replays", verbose_name=_("message")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    at = models.DateTimeField(_("asked at"))
    failure = models.CharField(_("had been given up"), max_length=12, choices=OutboxMessage.Failure.choices)
    last_error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("replay")
        verbose_name_plural = _("replays")
        ordering = ["at", "pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.message} · {self.by}"


class Suspension(models.Model):
    """An address that returned a mail for good: nothing more is sent to it until a person lifts this."""

    address = models.CharField(_("address"), max_length=254)  # in small letters
    since = models.DateTimeField(_("since"))
    message = models.ForeignKey(
        OutboxMessage, on_delete=models.PROTECT, related_name="+", verbose_name=_("message")
    )
    words = models.TextField(_("why it came back"), blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lifted by"),
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("suspended address")
        verbose_name_plural = _("suspended addresses")
        ordering = ["-since", "-pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["address"], condition=Q(lifted_at__isnull=True), name="suspension_one_in_force"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="suspension_lifted_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return self.address
