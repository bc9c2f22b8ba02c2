"""The ticket: what was said (INT-3), where it stands, and when its great moments were."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from lynnsupport.accounts.models import Contact, Country, Customer, Tenant, validate_time_zone
from sla.models import CalendarVersion, PolicyVersion
from tickets.domain.intake import Channel, Priority
from tickets.domain.lifecycle import CloseReason, State

STATE_LABELS = [
    (State.REGISTERED, _("Registered")),
    (State.OPEN, _("Open")),
    (State.WAITING_CUSTOMER, _("Waiting for the customer")),
    (State.WAITING_PROVIDER, _("Waiting for a third party")),
    (State.SOLUTION_PROPOSED, _("Solution proposed")),
    (State.CLOSED, _("Closed")),
]
CLOSE_REASON_LABELS = [
    (CloseReason.ACCEPTED, _("Solution accepted")),
    (CloseReason.NO_PROBLEM_REPORTED, _("No problem reported")),
    (CloseReason.NO_ANSWER, _("No answer")),
    (CloseReason.DUPLICATE, _("Duplicate")),
    (CloseReason.NOT_COVERED, _("Not covered by the agreement")),
]
CHANNEL_LABELS = [
    (Channel.PORTAL, _("Portal")),
    (Channel.EMAIL, _("E-mail")),
    (Channel.TELEPHONE, _("Telephone")),
]
PRIORITY_LABELS = [
    (Priority.LOW, _("Low")),
    (Priority.NORMAL, _("Normal")),
    (Priority.HIGH, _("High")),
]
SEVERITY_LABELS = [(1, _("Severity 1 · critical")), (2, _("Severity 2 · high")), (3, _("Severity 3 · low"))]

NO_DEADLINE = datetime(9999, 12, 31, tzinfo=UTC)


class TicketSequence(models.Model):
    """The last number given in a year; its row is the lock that makes numbers sequential (INT-2)."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Ticket(models.Model):
    """One incident, one ticket (INT-6). Changed only by `tickets.operations`."""

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    # INT-3: what it says
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("tenant")
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="tickets",
        verbose_name=_("customer"),
        help_text=_("The tenant's customer when the ticket was opened."),
    )
    country = models.CharField(_("country or region"), max_length=2, choices=Country.choices)
    subject = models.CharField(_("subject"), max_length=200)
    description = models.TextField(_("description"))
    # Unknown until somebody says them: a mail may lack what the form requires (INT-4).
    detected_at = models.DateTimeField(_("detected at"), null=True, blank=True)
    detected_zone = models.CharField(
        _("time zone of the detection"), max_length=50, validators=[validate_time_zone]
    )
    impact_percent = models.DecimalField(
        _("operational impact (%)"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    impact_description = models.TextField(_("business impact"), blank=True)
    has_workaround = models.BooleanField(_("workaround known"), null=True, blank=True)
    workaround = models.TextField(_("workaround"), blank=True)
    urgency = models.TextField(_("why it is urgent"), blank=True)
    priority = models.CharField(
        _("agreed priority"), max_length=6, choices=PRIORITY_LABELS, default=Priority.NORMAL
    )
    products = models.CharField(_("products involved"), max_length=300, blank=True)
    social_networks = models.CharField(_("social networks involved"), max_length=300, blank=True)
    test_data = models.TextField(_("test data to reproduce it"), blank=True)
    session_reference = models.CharField(_("session name or ID"), max_length=200, blank=True)
    previous_engineer = models.CharField(_("engineer who worked on it before"), max_length=200, blank=True)
    lccd_name = models.CharField(_("responsible LCCD: name"), max_length=150, blank=True)
    lccd_email = models.EmailField(_("responsible LCCD: e-mail"), blank=True)
    lccd_phone = models.CharField(_("responsible LCCD: telephone"), max_length=40, blank=True)
    troubleshooting = models.TextField(_("basic troubleshooting done"), blank=True)
    is_custom_development = models.BooleanField(_("concerns a custom development"), default=False)
    is_preview = models.BooleanField(_("concerns a preview feature"), default=False)

    # who
    channel = models.CharField(_("channel"), max_length=10, choices=CHANNEL_LABELS)
    reporter = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="reported_tickets", verbose_name=_("reporter")
    )
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("registered by"),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="owned_tickets",
        verbose_name=_("owner"),
    )
    submission_key = models.UUIDField(null=True, editable=False)

    # where it stands
    state = models.CharField(_("state"), max_length=20, choices=STATE_LABELS)
    state_since = models.DateTimeField(_("in this state since"))
    close_reason = models.CharField(
        _("reason of closing"), max_length=20, choices=CLOSE_REASON_LABELS, blank=True
    )
    suggested_severity = models.PositiveSmallIntegerField(_("suggested severity"), choices=SEVERITY_LABELS)
    decided_severity = models.PositiveSmallIntegerField(
        _("decided severity"), choices=SEVERITY_LABELS, null=True, blank=True
    )
    policy_version = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("policy version")
    )
    calendar_version = models.ForeignKey(
        CalendarVersion,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("calendar version"),
    )
    no_target_rule = models.CharField(
        _("rule by which no target applies"), max_length=10, blank=True, help_text=_("Such as SUP-2.")
    )

    # when
    registered_at = models.DateTimeField(_("registered at"))
    escalated_at = models.DateTimeField(_("escalated at"), null=True)
    escalated_by = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("escalated by")
    )
    first_response_at = models.DateTimeField(_("first response at"), null=True)
    restored_at = models.DateTimeField(_("restored at"), null=True)
    resolved_at = models.DateTimeField(_("resolved at"), null=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    last_message_at = models.DateTimeField(_("last message at"))
    customer_waits_since = models.DateTimeField(_("the customer waits since"), null=True)
    severity_disputed_at = models.DateTimeField(_("severity disputed at"), null=True)
    contact_unreachable_since = models.DateTimeField(_("contact not reachable since"), null=True)
    next_due_at = models.DateTimeField(_("next deadline"), null=True)
    # From when on the closing policy looks at it; null while no term of the customer's can run (CRP).
    closing_check_at = models.DateTimeField(null=True, editable=False)
    # The order of every queue: what has no deadline comes last, on every database and in any index.
    queue_at = models.GeneratedField(
        expression=Coalesce("next_due_at", Value(NO_DEADLINE)),
        output_field=models.DateTimeField(),
        db_persist=True,
    )

    search_text = models.TextField(editable=False)

    # The kinds of its events, where a page has read its record already; None where nobody has.
    happened: frozenset[str] | None = None
    # Its exclusions, where somebody has read them (`decisions.exclusions_of`).
    exclusions_read: list[Any] | None = None

    history = HistoricalRecords(excluded_fields=["search_text", "queue_at", "closing_check_at"])

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = [
            models.UniqueConstraint(fields=["reporter", "submission_key"], name="ticket_once_per_submission"),
            models.CheckConstraint(
                condition=Q(impact_percent__gte=0, impact_percent__lte=100),
                name="ticket_impact_is_percentage",
            ),
            models.CheckConstraint(
                condition=Q(escalated_at__isnull=True, escalated_by__isnull=True)
                | Q(escalated_at__isnull=False, escalated_by__isnull=False),
                name="ticket_escalated_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(state=State.CLOSED, closed_at__isnull=False) & ~Q(close_reason="")
                | ~Q(state=State.CLOSED) & Q(closed_at__isnull=True, close_reason=""),
                name="ticket_closed_at_and_reason",
            ),
            models.CheckConstraint(
                condition=Q(policy_version__isnull=True) | Q(calendar_version__isnull=False),
                name="ticket_policy_needs_calendar",
            ),
        ]
        indexes = [
            models.Index(fields=["queue_at", "id"], name="ticket_queue", condition=~Q(state=State.CLOSED)),
            models.Index(fields=["customer", "queue_at", "id"], name="ticket_customer_queue"),
            models.Index(fields=["owner", "state"], name="ticket_owner"),
            models.Index(
                fields=["closing_check_at", "id"],
                name="ticket_closing_check",
                condition=Q(closing_check_at__isnull=False),
            ),
            models.Index(
                fields=["decided_severity", "queue_at", "id"],
                name="ticket_decided",
                condition=~Q(state=State.CLOSED),
            ),
            models.Index(
                fields=["suggested_severity", "queue_at", "id"],
                name="ticket_suggested",
                condition=Q(decided_severity__isnull=True) & ~Q(state=State.CLOSED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.subject}"

    @property
    def severity(self) -> int:
        """The severity that counts now: an engineer's decision, else the suggestion (SEV-4)."""
        return self.decided_severity or self.suggested_severity

    @property
    def is_closed(self) -> bool:
        return self.state == State.CLOSED

    def may_have(self, *kinds: str) -> bool:
        """Whether events of these kinds may have happened; False only where it is known that none has."""
        return self.happened is None or not self.happened.isdisjoint(kinds)

    @property
    def is_escalated(self) -> bool:
        return self.escalated_at is not None
