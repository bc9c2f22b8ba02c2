"""What support asks of the customer, each with a state of its own (COP-1), and remote access (COP-2)."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Contact
from tickets.cooperation.domain.remote_access import Facts, State, state_of
from tickets.models import Message, Ticket


def _person(**options: object) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", **options)


class CustomerRequest(models.Model):
    """COP-1: steps, tests or data that support asks for in a message. Several may be open at once."""

    class State(models.TextChoices):
        ASKED = "asked", _("Asked")
        ANSWERED = "answered", _("Answered")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Kind(models.TextChoices):
        QUESTION = "question", _("Question")
        STEPS = "steps", _("Steps to follow")
        TESTS = "tests", _("Tests to make")
        DATA = "data", _("Data or files")
        ACCESS = "access", _("Remote access")

    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="customer_requests", verbose_name=_("ticket")
    )
    kind = models.CharField(_("what is asked for"), max_length=10, choices=Kind.choices)
    message = models.OneToOneField(
        Message, on_delete=models.PROTECT, related_name="customer_request", verbose_name=_("message")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ASKED)
    asked_by = _person(verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"))
    # Stated by support; without one the agreement's own term counts (CRP-1).
    due_at = models.DateTimeField(_("answer wanted by"), null=True)
    settled_at = models.DateTimeField(_("settled at"), null=True)
    answer = models.ForeignKey(
        Message, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("answer")
    )
    withdrawn_by = _person(null=True, verbose_name=_("withdrawn by"))
    withdraw_reason = models.TextField(_("why it was withdrawn"), blank=True)

    class Meta:
        verbose_name = _("request to the customer")
        verbose_name_plural = _("requests to customers")
        ordering = ["asked_at", "id"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state="asked", settled_at__isnull=True, answer__isnull=True, withdrawn_by__isnull=True
                )
                | Q(
                    state="answered",
                    settled_at__isnull=False,
                    answer__isnull=False,
                    withdrawn_by__isnull=True,
                )
                | Q(
                    state="withdrawn",
                    settled_at__isnull=False,
                    answer__isnull=True,
                    withdrawn_by__isnull=False,
                ),
                name="customer_request_settled_whole",
            ),
            models.CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(due_at__gt=F("asked_at")),
                name="customer_request_due_later",
            ),
        ]
        indexes = [models.Index(fields=["ticket", "state"], name="customer_request_state")]

    def __str__(self) -> str:
        return f"{self.ticket_id} · {self.get_kind_display()} · {self.get_state_display()}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.ASKED


class RemoteAccess(models.Model):
    """COP-2: access to the customer's machines, per ticket, for a purpose and a period, decided by `contact`.

    What it is at a moment is derived (`state_at`). `ended_at` is when it ended before its period did: revoked
    by either side, or because the ticket was closed (nobody then).
    """

    request = models.OneToOneField(
        CustomerRequest, on_delete=models.PROTECT, related_name="remote_access", verbose_name=_("request")
    )
    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="remote_accesses", verbose_name=_("ticket")
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="+", verbose_name=_("who decides")
    )
    purpose = models.TextField(_("purpose"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    is_approved = models.BooleanField(_("approved"), null=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = _person(null=True, verbose_name=_("decided by"))
    ended_at = models.DateTimeField(_("ended early at"), null=True)
    ended_by = _person(null=True, verbose_name=_("ended by"))
    end_reason = models.TextField(_("why it ended"), blank=True)
    # Set while its period can still end with nobody having acted; the sweep then puts that on record.
    expiry_check_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("remote access")
        verbose_name_plural = _("remote accesses")
        ordering = ["starts_at", "id"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="remote_access_period"),
            models.CheckConstraint(condition=~Q(purpose=""), name="remote_access_purpose"),
            models.CheckConstraint(
                condition=Q(is_approved__isnull=True, decided_at__isnull=True, decided_by__isnull=True)
                | Q(is_approved__isnull=False, decided_at__isnull=False, decided_by__isnull=False),
                name="remote_access_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False) | Q(ended_by__isnull=True, end_reason=""),
                name="remote_access_ended_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expiry_check_at"],
                name="remote_access_expiry",
                condition=Q(expiry_check_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} · {self.starts_at:%Y-%m-%d %H:%M} – {self.ends_at:%Y-%m-%d %H:%M}"

    def state_at(self, now: datetime) -> State:
        return state_of(
            Facts(self.starts_at, self.ends_at, is_approved=self.is_approved, ended_at=self.ended_at), now
        )

    def is_allowed_at(self, now: datetime) -> bool:
        """Whether support may be on the customer's machines at that moment."""
        return self.state_at(now) is State.ALLOWED
