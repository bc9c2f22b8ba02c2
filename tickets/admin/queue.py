"""The queue: what falls due first, narrowed by what the desk asks most."""

import re
from typing import Any

import django_filters
from django.db.models import Exists, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Country, Customer, User
from lynnsupport.common.search import fold
from tickets import queries
from tickets.desk_forms.base import possible_owners
from tickets.domain.lifecycle import State
from tickets.filters import ALL, AT_RISK, BREACHED, CLOCKS, CLOCKS_BY, EXCUSED, SEVERITIES, STATES
from tickets.models import Ticket
from tickets.models.ticket import CHANNEL_LABELS

WAITING = "waiting"
MINE, NOBODY = "mine", "nobody"
DISPUTED, UNREACHABLE = "disputed", "unreachable"
# The narrowings that are one press away, each as the filters it sets.
PRESETS: list[tuple[Any, dict[str, str]]] = [
    (_("All open"), {}),
    (_("Mine"), {"owner": MINE}),
    (_("Nobody's"), {"owner": NOBODY}),
    (_("The customer waits"), {"waits": "true"}),
    (_("At risk"), {"clock": AT_RISK}),
    (_("With a breached deadline"), {"clock": BREACHED}),
    (_("Severity 1"), {"severity": "1"}),
    (_("Severity disputed"), {"decision": DISPUTED}),
    (_("Contact not reachable"), {"decision": UNREACHABLE}),
    (_("Excused"), {"clock": EXCUSED}),
    (_("Awaiting a designated contact"), {"state": State.REGISTERED.value}),
    (_("Waiting"), {"state": WAITING}),
]
# «perez» also finds «Pérez», whatever the database knows of accents.
_ALIKE = {"a": "aáàâäã", "c": "cç", "e": "eéèêë", "i": "iíìîï", "n": "nñ", "o": "oóòôöõ", "u": "uúùûü"}


def loosely(words: str) -> str:
    """A regular expression that finds `words` whatever their accents; for `iregex`."""
    return "".join(
        f"[{_ALIKE[letter]}{_ALIKE[letter].upper()}]" if letter in _ALIKE else re.escape(letter)
        for letter in fold(words)
    )


class DeskFilter(django_filters.FilterSet):
    """Open tickets unless a state is chosen. Takes these parameters and no look-up of any other kind."""

    q = django_filters.CharFilter(label=_("Words"), method="search", max_length=200)
    state = django_filters.ChoiceFilter(
        label=_("State"),
        method="in_state",
        choices=[*STATES, (WAITING, _("Waiting for anybody"))],
        empty_label=_("All open"),
    )
    severity = django_filters.ChoiceFilter(
        label=_("Severity"), method="of_severity", choices=SEVERITIES, empty_label=_("Any")
    )
    clock = django_filters.ChoiceFilter(
        label=_("Deadline"), method="by_clock", choices=CLOCKS, empty_label=_("Any")
    )
    owner = django_filters.ChoiceFilter(label=_("Owner"), method="owned_by", empty_label=_("Anybody"))
    waits = django_filters.ChoiceFilter(
        label=_("Answer owed"),
        method="customer_waits",
        choices=[("true", _("The customer waits"))],
        empty_label=_("Any"),
    )
    decision = django_filters.ChoiceFilter(
        label=_("To be settled"),
        method="to_be_settled",
        choices=[(DISPUTED, _("Severity disputed")), (UNREACHABLE, _("Contact not reachable"))],
        empty_label=_("Any"),
    )
    customer = django_filters.CharFilter(label=_("Customer"), method="of_customer", max_length=150)
    channel = django_filters.ChoiceFilter(label=_("Channel"), choices=CHANNEL_LABELS, empty_label=_("Any"))
    country = django_filters.ChoiceFilter(label=_("Country"), choices=Country.choices, empty_label=_("Any"))

    class Meta:
        model = Ticket
        fields: list[str] = []

    def __init__(self, data: Any, *, reader: User) -> None:
        super().__init__(data, queryset=queries.visible_to(reader))
        self.reader = reader
        people = [(str(person.pk), person.name) for person in possible_owners()]
        self.filters["owner"].extra["choices"] = [(MINE, _("Me")), (NOBODY, _("Nobody")), *people]

    @property
    def chosen(self) -> dict[str, Any]:
        """What is narrowed by, without what is empty or no choice."""
        self.form.is_valid()
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    @property
    def presets(self) -> list[tuple[Any, dict[str, str], bool]]:
        """Each with whether it is what is chosen now."""
        return [(label, narrowing, self.chosen == narrowing) for label, narrowing in PRESETS]

    @property
    def is_beyond_presets(self) -> bool:
        return not any(current for _label, _narrowing, current in self.presets)

    @property
    def shows_closed(self) -> bool:
        return self.chosen.get("state") in (ALL, State.CLOSED)

    def filter_queryset(self, queryset: QuerySet[Ticket]) -> QuerySet[Ticket]:
        found = super().filter_queryset(queryset)
        return found if self.chosen.get("state") else queries.open_tickets(found)

    def search(self, tickets: QuerySet[Ticket], _name: str, words: str) -> QuerySet[Ticket]:
        return queries.search(tickets, words)

    def in_state(self, tickets: QuerySet[Ticket], _name: str, state: str) -> QuerySet[Ticket]:
        if state == ALL:
            return tickets
        waiting = [State.WAITING_CUSTOMER, State.WAITING_PROVIDER]
        return tickets.filter(state__in=waiting) if state == WAITING else tickets.filter(state=state)

    def of_severity(self, tickets: QuerySet[Ticket], _name: str, severity: str) -> QuerySet[Ticket]:
        return tickets.filter(queries.counts_as(severity))

    def by_clock(self, tickets: QuerySet[Ticket], _name: str, chosen: str) -> QuerySet[Ticket]:
        return tickets.filter(Exists(CLOCKS_BY[chosen]()))

    def owned_by(self, tickets: QuerySet[Ticket], _name: str, owner: str) -> QuerySet[Ticket]:
        if owner == NOBODY:
            return tickets.filter(owner__isnull=True)
        return tickets.filter(owner=self.reader.pk if owner == MINE else owner)

    def customer_waits(self, tickets: QuerySet[Ticket], _name: str, _value: str) -> QuerySet[Ticket]:
        return tickets.filter(customer_waits_since__isnull=False)

    def to_be_settled(self, tickets: QuerySet[Ticket], _name: str, what: str) -> QuerySet[Ticket]:
        if what == DISPUTED:
            return tickets.filter(severity_disputed_at__isnull=False)
        return tickets.filter(contact_unreachable_since__isnull=False)

    def of_customer(self, tickets: QuerySet[Ticket], _name: str, words: str) -> QuerySet[Ticket]:
        named: Q = Q(name__iregex=loosely(words))
        return tickets.filter(customer__in=Customer.objects.filter(named))
