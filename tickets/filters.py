"""The list of tickets: what people narrow it by. Everything works on tickets they may see already."""

from functools import reduce
from operator import or_
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.access import contact_of, customer_scope
from lynnsupport.accounts.models import Customer, User
from lynnsupport.common.prepared import prepared

from . import queries
from .domain.lifecycle import State
from .models import Ticket
from .models.ticket import STATE_LABELS

ALL = "all"
AT_RISK, BREACHED, EXCUSED = "at_risk", "breached", "excused"
STATES = [*STATE_LABELS, (ALL, _("Open and closed"))]
SEVERITIES = [("1", _("S1 Critical")), ("2", _("S2 High")), ("3", _("S3 Low"))]
CLOCKS = [(AT_RISK, _("At risk")), (BREACHED, _("Breached")), (EXCUSED, _("Excused"))]
CLOCKS_BY = {
    AT_RISK: queries.clocks_at_risk,
    BREACHED: queries.breached_clocks,
    EXCUSED: queries.excused_clocks,
}
# More than these nobody picks from a list; the search finds an instance by its ID or name.
TENANTS_OFFERED = 200


class TicketFilter(django_filters.FilterSet):
    """Open tickets unless a state is chosen. A foreign customer is no choice, like an absent one."""

    # choices are given as functions: each reader's filters are copies, lists and all
    q = django_filters.CharFilter(method="search", max_length=200)
    state = django_filters.ChoiceFilter(method="in_state", choices=lambda: STATES)
    severity = django_filters.MultipleChoiceFilter(method="of_severity", choices=lambda: SEVERITIES)
    clock = django_filters.ChoiceFilter(method="by_clock", choices=lambda: CLOCKS)
    mine = django_filters.BooleanFilter(method="mine_only", widget=forms.CheckboxInput)
    customer = django_filters.ChoiceFilter(field_name="customer_id")
    tenant = django_filters.ChoiceFilter(field_name="tenant_id")

    class Meta:
        model = Ticket
        fields: list[str] = []

    def __init__(self, data: Any, *, reader: User) -> None:
        reach = _reach(reader)
        super().__init__(data, queryset=queries.queue_of(reader, [customer for customer, *_ in reach]))
        self.reader = reader
        tenants = [(pk, f"{code} · {name}") for _, _, pk, code, name in reach if pk]
        self.filters["tenant"].extra["choices"] = tenants[:TENANTS_OFFERED]
        self.filters["customer"].extra["choices"] = list({pk: name for pk, name, *_ in reach}.items())

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
        return tickets.filter(Exists(CLOCKS_BY[chosen]()))

    def mine_only(self, tickets: QuerySet[Ticket], _name: str, wanted: bool) -> QuerySet[Ticket]:
        if not wanted:
            return tickets
        if self.reader.is_partner_side:
            return tickets.filter(reporter=contact_of(self.reader))
        return tickets.filter(owner=self.reader)


def _reach(reader: User) -> list[tuple[int, str, int | None, str, str]]:
    """The customers whose tickets `reader` sees, each with its tenants, in one query; none for the desk,
    which sees all."""
    if reader.is_staff:
        return []
    return _customers_with_tenants(customer_scope(reader))


@prepared
def _customers_with_tenants(scope: Q) -> QuerySet[Customer, tuple[int, str, int | None, str, str]]:
    customers = Customer.objects.filter(scope).order_by("name", "tenants__name", "tenants__code")
    return customers.values_list("pk", "name", "tenants", "tenants__code", "tenants__name")
