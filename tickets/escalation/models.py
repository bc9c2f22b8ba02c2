"""What was escalated, every step of it, requests to change a priority, and digests that went out."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Contact
from tickets.domain.intake import Channel, Priority
from tickets.models import Ticket
from tickets.models.record import AppendOnly
from tickets.models.ticket import CHANNEL_LABELS, PRIORITY_LABELS

from .domain.course import OPEN, Stage, Step
from .domain.eligibility import Ground, Level

LEVEL_LABELS = [
    (Level.DESK, _("Level 1 · support desk")),
    (Level.EXECUTIVE, _("Level 2 · commercial executive")),
    (Level.TELEPHONE, _("Level 3 · telephone")),
]
GROUND_LABELS = [
    (Ground.NOT_SATISFIED, _("We are not satisfied with the care of the case")),
    (Ground.NO_RESPONSE, _("The case was not updated in the declared times")),
    (Ground.RCA_REQUESTED, _("The analysis of the root cause is overdue")),
    (Ground.URGENCY_CHANGED, _("It has become more urgent")),
    (Ground.IMPACT_CHANGED, _("It affects more than before")),
]
STAGE_LABELS = [
    (Stage.WAITING, _("Waits for acknowledgement")),
    (Stage.ACKNOWLEDGED, _("Acknowledged")),
    (Stage.WITH_DESK, _("The desk has been asked")),
    (Stage.RESOLVED, _("Resolved")),
    (Stage.RETURNED, _("Returned")),
]
STEP_LABELS = [
    (Step.RAISE, _("Escalated")),
    (Step.ACKNOWLEDGE, _("Acknowledged")),
    (Step.COMMENT, _("Commented")),
    (Step.ASK_DESK, _("Asked the desk")),
    (Step.DESK_ANSWERS, _("The desk answered")),
    (Step.RESOLVE, _("Resolved")),
    (Step.RETURN, _("Returned")),
    (Step.LATE, _("Not acknowledged in time")),
]


def _person(**options: object) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", **options)


class Escalation(models.Model):
    """One escalation of a ticket. What was asked for never changes; `stage` is what its steps have led to.

    `rule` says by which rule it was eligible. `executive` is whom level 2 was sent to, `mail_subject` and
    `mail_body` the mail as it went out. Whoever raises it by mail or telephone is `contact` as well.
    `next_check_at` is when the sweep has to look: the time to acknowledge, until that is settled.
    """

    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="escalations", verbose_name=_("ticket")
    )
    level = models.PositiveSmallIntegerField(_("level"), choices=LEVEL_LABELS)
    ground = models.CharField(_("ground"), max_length=20, choices=GROUND_LABELS)
    rule = models.CharField(_("eligible by rule"), max_length=10)
    channel = models.CharField(
        _("channel"), max_length=10, choices=CHANNEL_LABELS, default=Channel.PORTAL.value
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="+", verbose_name=_("escalated by")
    )
    executive = _person(null=True, verbose_name=_("commercial executive"))
    description = models.TextField(_("description"))
    impact = models.TextField(_("business impact"))
    mail_subject = models.CharField(_("subject"), max_length=250, blank=True)
    mail_body = models.TextField(_("mail"), blank=True)
    raised_at = models.DateTimeField(_("raised at"))
    acknowledge_by = models.DateTimeField(_("to be acknowledged by"), null=True)

    stage = models.CharField(_("stage"), max_length=12, choices=STAGE_LABELS, default=Stage.WAITING)
    stage_since = models.DateTimeField(_("since"))
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True)
    late_at = models.DateTimeField(_("not acknowledged in time since"), null=True)
    settled_at = models.DateTimeField(_("settled at"), null=True)
    next_check_at = models.DateTimeField(null=True, editable=False)
    submission_key = models.UUIDField(null=True, editable=False)

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        ordering = ["raised_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "submission_key"], name="escalation_once_per_submission"
            ),
            models.UniqueConstraint(
                fields=["ticket", "level"],
                condition=Q(settled_at__isnull=True),
                name="escalation_one_open_per_level",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=sorted(OPEN), settled_at__isnull=True)
                | Q(stage__in=[Stage.RESOLVED, Stage.RETURNED], settled_at__isnull=False),
                name="escalation_settled_with_stage",
            ),
            models.CheckConstraint(
                condition=~Q(level=Level.EXECUTIVE)
                | Q(executive__isnull=False, acknowledge_by__isnull=False)
                & ~Q(mail_subject="")
                & ~Q(mail_body=""),
                name="escalation_two_is_a_mail",
            ),
            models.CheckConstraint(
                condition=Q(late_at__isnull=True)
                | Q(acknowledge_by__isnull=False, late_at=F("acknowledge_by")),
                name="escalation_late_at_its_due_time",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=False)
                | Q(stage__in=[Stage.WAITING, Stage.RESOLVED, Stage.RETURNED]),
                name="escalation_acknowledged_at",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"],
                condition=Q(next_check_at__isnull=False),
                name="escalation_next_check",
            ),
            models.Index(
                fields=["acknowledge_by"],
                condition=Q(settled_at__isnull=True),
                name="escalation_queue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} · {self.get_level_display()}"

    @property
    def is_open(self) -> bool:
        return self.settled_at is None

    @property
    def is_late(self) -> bool:
        return self.late_at is not None


class EscalationStep(AppendOnly):
    """One thing that happened to an escalation: `at` is when it was so, `recorded_at` when it was noticed.

    A deputy acts `on_behalf_of` the executive. Internal words are read by Lynn's people alone.
    """

    escalation = models.ForeignKey(Escalation, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField(_("what"), max_length=12, choices=STEP_LABELS)
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    by = _person(null=True, verbose_name=_("by"))
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("contact")
    )
    on_behalf_of = _person(null=True, verbose_name=_("on behalf of"))
    words = models.TextField(_("words"), blank=True)
    is_internal = models.BooleanField(_("internal"), default=False)
    submission_key = models.UUIDField(null=True, editable=False)

    class Meta:
        verbose_name = _("step of an escalation")
        verbose_name_plural = _("steps of escalations")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["escalation", "submission_key"], name="escalation_step_once_per_submission"
            ),
            models.UniqueConstraint(
                fields=["escalation"],
                condition=Q(step=Step.LATE),
                name="escalation_late_once",
            ),
            models.CheckConstraint(
                condition=Q(is_internal=False) | Q(step__in=[Step.COMMENT, Step.ASK_DESK, Step.DESK_ANSWERS]),
                name="escalation_step_internal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.escalation_id} · {self.get_step_display()}"

    @property
    def actor_name(self) -> str:
        person = self.by or self.contact
        return person.name if person else ""


class PriorityRequest(models.Model):
    """ESC-5, ESC-6: a changed urgency or impact, put to the case owner, who accepts or declines it."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")

    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="priority_requests", verbose_name=_("ticket")
    )
    ground = models.CharField(_("ground"), max_length=20, choices=GROUND_LABELS)
    before = models.CharField(_("priority so far"), max_length=6, choices=PRIORITY_LABELS)
    wanted = models.CharField(_("priority asked for"), max_length=6, choices=PRIORITY_LABELS)
    impact_percent = models.DecimalField(
        _("impact now (%)"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    reason = models.TextField(_("reason"))
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"))
    answer = models.CharField(_("answer"), max_length=8, choices=Answer.choices, blank=True)
    decided_by = _person(null=True, verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)
    submission_key = models.UUIDField(null=True, editable=False)

    class Meta:
        verbose_name = _("request to change a priority")
        verbose_name_plural = _("requests to change a priority")
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(decided_at__isnull=True), name="priority_one_open_request"
            ),
            models.UniqueConstraint(fields=["ticket", "submission_key"], name="priority_once_per_submission"),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, answer="", decision_reason="")
                | Q(decided_at__isnull=False, decided_by__isnull=False)
                & ~Q(answer="")
                & ~Q(decision_reason=""),
                name="priority_decided_whole",
            ),
            models.CheckConstraint(
                condition=~Q(before=F("wanted")) | Q(impact_percent__isnull=False), name="priority_changes"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="priority_has_reason"),
            models.CheckConstraint(
                condition=Q(wanted__in=[priority.value for priority in Priority]), name="priority_known"
            ),
            models.CheckConstraint(
                condition=Q(impact_percent__isnull=True) | Q(impact_percent__gte=0, impact_percent__lte=100),
                name="priority_impact_is_percentage",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} · {self.get_wanted_display()}"

    @property
    def is_open(self) -> bool:
        return self.decided_at is None


class Digest(AppendOnly):
    """An executive's digest of one ISO week, which went out once."""

    executive = _person(verbose_name=_("commercial executive"))
    iso_year = models.PositiveSmallIntegerField(_("year"))
    iso_week = models.PositiveSmallIntegerField(_("week"))
    sent_at = models.DateTimeField(_("sent at"))

    class Meta:
        verbose_name = _("weekly digest")
        verbose_name_plural = _("weekly digests")
        ordering = ["-sent_at"]
        constraints = [
            models.UniqueConstraint(fields=["executive", "iso_year", "iso_week"], name="digest_once_a_week")
        ]

    def __str__(self) -> str:
        return f"{self.executive} · {self.iso_year}-W{self.iso_week:02}"
