"""What joins an incident to its tickets, what was told about it, and what was done to it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.models import Ticket
from tickets.models.record import AppendOnly

from .incident import Incident, person


class LinkedTicket(AppendOnly):
    """The ticket is about this incident. Many join one; a ticket joins one incident."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="links")
    ticket = models.OneToOneField(
        Ticket, on_delete=models.PROTECT, related_name="incident_link", verbose_name=_("ticket")
    )
    by = person(verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("linked ticket")
        verbose_name_plural = _("linked tickets")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.incident_id} · {self.ticket_id}"


class Update(AppendOnly):
    """News of an incident, told on every linked ticket at once."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="updates")
    words = models.TextField(_("what is new"))
    by = person(verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    next_update_at = models.DateTimeField(_("next update"), null=True)
    submission_key = models.UUIDField(unique=True, editable=False)

    class Meta:
        verbose_name = _("update")
        verbose_name_plural = _("updates")
        ordering = ["at", "id"]
        constraints = [models.CheckConstraint(condition=~Q(words=""), name="incident_update_says_something")]

    def __str__(self) -> str:
        return f"{self.incident_id} · {self.at:%Y-%m-%d %H:%M}"


class Entry(AppendOnly):
    """One thing that was done to an incident: `at` is when it was so, `recorded_at` when we wrote it down."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("Incident opened")
        DECIDED = "decided", _("Reach and cause decided")
        REVISED = "revised", _("Impact corrected")
        TENANTS_ADDED = "tenants_added", _("Affected tenants added")
        TENANT_WITHDRAWN = "tenant_withdrawn", _("Affected tenant taken out")
        LINKED = "linked", _("Ticket linked")
        UPDATED = "updated", _("News told")
        RESTORED = "restored", _("Service restored")
        NOT_RESTORED = "not_restored", _("A linked ticket could not be restored")
        RELAPSED = "relapsed", _("The service failed again")
        CLOSED = "closed", _("Incident closed")
        RCA_STARTED = "rca_started", _("Root cause analysis begun")
        RCA_SUBMITTED = "rca_submitted", _("Root cause analysis handed in for review")
        RCA_APPROVED = "rca_approved", _("Root cause analysis approved")
        RCA_SENT_BACK = "rca_sent_back", _("Root cause analysis sent back")
        RCA_PUBLISHED = "rca_published", _("Root cause analysis published")
        ACTION_DONE = "action_done", _("Action done")

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(_("what"), max_length=20, choices=Kind.choices)
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    by = person(null=True, verbose_name=_("by"))
    words = models.TextField(_("in words"), blank=True)

    class Meta:
        verbose_name = _("entry of the record")
        verbose_name_plural = _("entries of the record")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.incident_id} · {self.get_kind_display()}"
