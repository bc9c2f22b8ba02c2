"""The record of a ticket: what happened, in order, never changed afterwards."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Contact
from tickets.domain.intake import Priority
from tickets.domain.severity import Because

from .conversation import Message
from .ticket import PRIORITY_LABELS, SEVERITY_LABELS, Ticket


class AppendOnlyError(TypeError):
    """Someone tried to change or delete a fact that is kept for ever."""


class AppendOnly(models.Model):
    """A row that is written once. The database refuses updates too (see the migration's triggers)."""

    class Meta:
        abstract = True

    def save(self, *args, **kwargs) -> None:
        if not self._state.adding:
            raise AppendOnlyError(f"{self._meta.label} is append-only")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise AppendOnlyError(f"{self._meta.label} is append-only")


class TicketEvent(AppendOnly):
    """One thing that happened: `at` is when it was so, `recorded_at` when we wrote it down."""

    class Kind(models.TextChoices):
        REGISTERED = "registered", _("Ticket registered")
        ESCALATED = "escalated", _("Escalated by a designated contact")
        CUSTOMER_WROTE = "customer_wrote", _("The customer wrote")
        SUPPORT_ANSWERED = "support_answered", _("Support answered")
        NOTE_WRITTEN = "note_written", _("Internal note")
        CALL_RECORDED = "call_recorded", _("Telephone call")
        ASSIGNED = "assigned", _("Owner changed")
        STATE_CHANGED = "state_changed", _("State changed")
        SEVERITY_DECIDED = "severity_decided", _("Severity decided")
        RESTORED = "restored", _("Service restored")
        RESOLVED = "resolved", _("Root cause removed")
        CONTENT_CHANGED = "content_changed", _("Content corrected")
        EXCLUDED = "excluded", _("Excluded from the deadlines")
        READMITTED = "readmitted", _("Exclusion reverted")
        PROVIDER_DEALING = "provider_dealing", _("Dealings with the provider")
        PATCH_PLANNED = "patch_planned", _("Patch planned")
        CONTACT_UNREACHABLE = "contact_unreachable", _("Contact not reachable")
        CONTACT_REACHED = "contact_reached", _("Contact reached")
        SEVERITY_DISPUTED = "severity_disputed", _("Severity disputed")
        VERSIONS_APPLIED = "versions_applied", _("New version applied")
        ESCALATION_ASKED = "escalation_asked", _("Escalation asked for by mail")
        LEVEL_RAISED = "level_raised", _("Raised to a higher level")
        EXECUTIVE_ACTED = "executive_acted", _("The commercial executive acted")
        PRIORITY_ASKED = "priority_asked", _("Change of priority asked for")
        PRIORITY_DECIDED = "priority_decided", _("Change of priority decided")
        REMOTE_ACCESS = "remote_access", _("Remote access")
        CLOSING_ANNOUNCED = "closing_announced", _("Closing announced")
        SUMMARY_WRITTEN = "summary_written", _("Case summary written")
        INCIDENT_LINKED = "incident_linked", _("Linked to a platform incident")
        INCIDENT_UPDATED = "incident_updated", _("News of the platform incident")
        RCA_PUBLISHED = "rca_published", _("Root cause analysis published")
        SPLIT = "split", _("Split in two")
        MERGED = "merged", _("Merged with another ticket")
        FOLLOWED = "followed", _("Followed by a new ticket")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(_("what"), max_length=20, choices=Kind.choices)
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("contact")
    )
    message = models.ForeignKey(
        Message, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("message")
    )
    reason = models.TextField(_("reason"), blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["ticket", "at", "id"], name="event_story")]

    def __str__(self) -> str:
        return f"{self.ticket_id} · {self.get_kind_display()}"

    @property
    def actor_name(self) -> str:
        person = self.by or self.contact
        return person.name if person else ""


class SeverityAssessment(AppendOnly):
    """SEV-4: every assessment is kept, with its author, time, inputs and reason."""

    class Step(models.TextChoices):
        PROPOSED = "proposed", _("Proposed by the reporter")
        SUGGESTED = "suggested", _("Suggested by the portal")
        DISPUTED = "disputed", _("Disputed by the customer")
        DECIDED = "decided", _("Decided by an engineer")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="assessments")
    step = models.CharField(_("step"), max_length=10, choices=Step.choices)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=SEVERITY_LABELS)
    impact_percent = models.DecimalField(_("impact (%)"), max_digits=5, decimal_places=2, null=True)
    has_workaround = models.BooleanField(_("workaround known"), null=True)
    priority = models.CharField(_("priority"), max_length=6, choices=PRIORITY_LABELS, default=Priority.NORMAL)
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=3)
    weighted_impact = models.DecimalField(
        _("weighted impact (%)"), max_digits=10, decimal_places=5, null=True
    )
    because = models.CharField(max_length=30, choices=[(b, b) for b in Because], blank=True)
    critical_over = models.DecimalField(max_digits=5, decimal_places=2)
    low_under = models.DecimalField(max_digits=5, decimal_places=2)
    reason = models.TextField(_("reason"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("contact")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("severity assessment")
        verbose_name_plural = _("severity assessments")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.ticket_id} · {self.get_step_display()} · {self.severity}"
