"""The list of tickets: what people narrow it by. Everything works on tickets they may see already."""

from functools import reduce
from operator import or_
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.access import tenants_visible_to
from lynnsupport.accounts.models import Tenant, User

from . import queries
from .domain.lifecycle import State
from .models import Ticket
from .models.ticket import STATE_LABELS

ALL = "all"
AT_RISK, BREACHED = "at_risk", "breached"
STATES = [*STATE_LABELS, (ALL, _("Open and closed"))]
SEVERITIES = [("1", _("S1 Critical")), ("2", _("S2 High")), ("3", _("S3 Low"))]
CLOCKS = [(AT_RISK, _("At risk")), (BREACHED, _("Breached"))]
# More than these nobody picks from a list; the search finds an instance by its ID or name.
TENANTS_OFFERED = 200


class TicketFilter(django_filters.FilterSet):
    """Open tickets unless a state is chosen. A foreign customer is no choice, like an absent one."""

    q = django_filters.CharFilter(method="search", max_length=200)
    state = django_filters.ChoiceFilter(method="in_state", choices=STATES)
    severity = django_filters.MultipleChoiceFilter(method="of_severity", choices=SEVERITIES)
    clock = django_filters.ChoiceFilter(method="by_clock", choices=CLOCKS)
    mine = django_filters.BooleanFilter(method="mine_only", widget=forms.CheckboxInput)
    customer = django_filters.ChoiceFilter(field_name="customer_id")
    tenant = django_filters.ChoiceFilter(field_name="tenant_id")

    class Meta:
        model = Ticket
        fields: list[str] = []

    def __init__(self, data: Any, *, reader: User) -> None:
        super().__init__(data, queryset=queries.visible_to(reader))
        self.reader = reader
        tenants = _tenants_offered(reader)
        customers = {tenant.customer.pk: tenant.customer.name for tenant in tenants}
        self.filters["tenant"].extra["choices"] = [
            (tenant.pk, f"{tenant.code} · {tenant.name}") for tenant in tenants
        ]
        self.filters["customer"].extra["choices"] = sorted(customers.items(), key=lambda pair: pair[1])

    @property
    def chosen(self) -> dict[str, Any]:
        """What is narrowed by, without what is empty or no choice."""
        self.form.is_valid()
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    @property
    def shows_closed(self) -> bool:
        return self.chosen.get("state") in (ALL, State.CLOSED)

    def filter_queryset(self, queryset: QuerySet[Ticket]) -> QuerySet[Ticket]:
        found = super().filter_queryset(queryset)
        return found if self.chosen.get("state") else queries.open_tickets(found)

    def search(self, tickets: QuerySet[Ticket], _name: str, words: str) -> QuerySet[Ticket]:
        return queries.search(tickets, words)

    def in_state(self, tickets: QuerySet[Ticket], _name: str, state: str) -> QuerySet[Ticket]:
        return tickets if state == ALL else tickets.filter(state=state)

    def of_severity(self, tickets: QuerySet[Ticket], _name: str, chosen: list[str]) -> QuerySet[Ticket]:
        if not chosen:
            return tickets
        return tickets.filter(reduce(or_, map(queries.counts_as, chosen)))

    def by_clock(self, tickets: QuerySet[Ticket], _name: str, chosen: str) -> QuerySet[Ticket]:
        clocks = queries.breached_clocks() if chosen == BREACHED else queries.clocks_at_risk()
        return tickets.filter(Exists(clocks))

    def mine_only(self, tickets: QuerySet[Ticket], _name: str, wanted: bool) -> QuerySet[Ticket]:
        if not wanted:
            return tickets
        return tickets.filter(Q(reporter__user=self.reader) | Q(owner=self.reader))


def _tenants_offered(reader: User) -> list[Tenant]:
    tenants = list(tenants_visible_to(reader)[: TENANTS_OFFERED + 1])
    return tenants if len(tenants) <= TENANTS_OFFERED else []
