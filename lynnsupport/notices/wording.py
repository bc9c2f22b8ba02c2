"""An audience in words: each limit as a line."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from lynnsupport.accounts.models import Country, Customer, Partner, Tenant, User

from .domain.audience import Audience
from .models import Product, Provider


def audience_in_words(audience: Audience) -> list[str]:
    """`Everyone`, `Nobody yet`, or a line for each sort of limit; all of them hold together."""
    if audience.everyone:
        return [_("Everyone")]
    if audience.is_nobody:
        return [_("Nobody yet")]
    lines = [
        (_("Countries"), [Country(code).label for code in sorted(audience.countries)]),
        (_("Products and channels"), Product.objects.filter(pk__in=audience.products)),
        (_("Providers"), Provider.objects.filter(pk__in=audience.providers)),
        (_("Partners"), Partner.objects.filter(pk__in=audience.partners)),
        (_("Customers"), Customer.objects.filter(pk__in=audience.customers)),
        (_("Tenants"), Tenant.objects.filter(pk__in=audience.tenants)),
        (_("Roles"), [label for role, label in User.ROLE_LABELS if role in audience.roles]),
    ]
    return [_line(label, values) for label, values in lines if values]


def _line(label: str, values: Iterable[Any]) -> str:
    return f"{label}: {', '.join(map(str, values))}"
