"""Whom a notice is for, as data: limits of several sorts that all have to hold (NOT-3)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

NUMBERS = ("products", "providers", "partners", "customers", "tenants")
NAMES = ("countries", "roles")


@dataclass(frozen=True)
class Audience:
    """Within one sort any of its values will do; partners, customers and tenants are one sort together.

    Chile and Peru with WhatsApp: tenants of Chile or Peru that use WhatsApp. A role narrows the people of
    those organisations, and one of Lynn's own roles adds Lynn's people who have it. `everyone` has no limits
    beside it; an audience with neither is nobody. Numbers are primary keys, countries ISO 3166 letters.
    """

    everyone: bool = False
    countries: frozenset[str] = frozenset()
    products: frozenset[int] = frozenset()
    providers: frozenset[int] = frozenset()
    partners: frozenset[int] = frozenset()
    customers: frozenset[int] = frozenset()
    tenants: frozenset[int] = frozenset()
    roles: frozenset[str] = frozenset()

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Audience":
        """From what `stored()` gave. ValueError for a name or a value that no audience has."""
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(stored) - known):
            raise ValueError(f"an audience has no {', '.join(unknown)}")
        limits: dict[str, Any] = {name: frozenset(map(int, stored.get(name, ()))) for name in NUMBERS}
        limits |= {name: frozenset(map(str, stored.get(name, ()))) for name in NAMES}
        return cls(everyone=bool(stored.get("everyone", False)), **limits)

    def stored(self) -> dict[str, bool | list[int] | list[str]]:
        """As JSON holds it: sorted lists, only those that limit anything."""
        kept: dict[str, bool | list[int] | list[str]] = {}
        if self.everyone:
            kept["everyone"] = True
        for name in (*NAMES, *NUMBERS):
            if values := getattr(self, name):
                kept[name] = sorted(values)
        return kept

    @property
    def has_limits(self) -> bool:
        return any(getattr(self, name) for name in (*NAMES, *NUMBERS))

    @property
    def is_nobody(self) -> bool:
        return not self.everyone and not self.has_limits

    @property
    def is_contradictory(self) -> bool:
        """Everyone, and yet only some."""
        return self.everyone and self.has_limits

    @property
    def is_confidential(self) -> bool:
        """Whether it names an organisation or a role: such a notice is never public."""
        return bool(self.partners or self.customers or self.tenants or self.roles)

    @property
    def needs_tenants(self) -> bool:
        """Whether only organisations with a fitting tenant can be meant."""
        return bool(self.products or self.providers or self.tenants)
