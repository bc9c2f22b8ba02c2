"""Reads over cycles, statements, claims and the ledger; each starts at what its reader may see."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet

from credits.domain.claims import FOR_THE_EXECUTIVE, State
from credits.models import AnnouncedDowntime, BillingCycle, Claim, CreditPolicyVersion, LedgerEntry, Statement
from lynnsupport.accounts.access import customer_scope
from lynnsupport.accounts.models import Contract, Tenant, User

type Reader = User | AnonymousUser


@dataclass(frozen=True)
class Policies:
    """Every version of the credit policy, by the moment from which it binds; at least one."""

    versions: tuple[CreditPolicyVersion, ...]

    @classmethod
    def load(cls) -> Self | None:
        """One query; None before anything was shipped (`manage.py load_policy`)."""
        versions = tuple(CreditPolicyVersion.objects.order_by("effective_at", "number"))
        return cls(versions) if versions else None

    def at(self, moment: datetime) -> CreditPolicyVersion:
        """The version in force; before the first one, the first."""
        position = bisect_right(self.versions, moment, key=lambda version: version.effective_at)
        return self.versions[max(position - 1, 0)]


def _may_view(user: Reader) -> bool:
    return user.is_authenticated and user.has_perm("credits.view_statements")


def tenants_of(user: Reader) -> QuerySet[Tenant]:
    """The tenants whose availability the reader sees: those in the cloud (SUP-2) of their customers."""
    if not _may_view(user):
        return Tenant.objects.none()
    return (
        Tenant.objects.filter(customer_scope(user, "customer__"), deployment=Tenant.Deployment.CLOUD)
        .select_related("customer__partner__executive")
        .order_by("customer__name", "name", "code")
    )


def contracts_of(tenants: QuerySet[Tenant] | Sequence[Tenant]) -> QuerySet[Contract]:
    """Their contracts, the newest first."""
    return (
        Contract.objects.filter(tenant__in=tenants)
        .select_related("tenant__customer__partner__executive")
        .order_by("tenant", "-starts_on", "-pk")
    )


def cycles_of(user: Reader) -> QuerySet[BillingCycle]:
    if not _may_view(user):
        return BillingCycle.objects.none()
    return BillingCycle.objects.filter(customer_scope(user, "contract__tenant__customer__")).select_related(
        "contract__tenant__customer__partner__executive"
    )


def holding_statements() -> QuerySet[Statement]:
    """Of each cycle the last version, without its data."""
    later = Statement.objects.filter(cycle=OuterRef("cycle"), version__gt=OuterRef("version"))
    return Statement.objects.filter(~Exists(later)).defer("data", "difference")


def claims_of(user: Reader) -> QuerySet[Claim]:
    """Claims and claimable credits of the customers the reader sees."""
    if not _may_view(user):
        return Claim.objects.none()
    return Claim.objects.filter(customer_scope(user, "cycle__contract__tenant__customer__")).select_related(
        "cycle__contract__tenant__customer__partner__executive",
        "filed_by",
        "decided_by",
        "statement__policy_version",
    )


def claimable(claims: QuerySet[Claim], now: datetime) -> QuerySet[Claim]:
    """What can be claimed in time, the nearest last day first (CRD-2)."""
    return claims.filter(state=State.DRAFT.value, percent__gt=0, deadline_at__gt=now).order_by(
        "deadline_at", "pk"
    )


def waiting_for_executive(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """What the executive has to decide, issue or settle, the longest-waiting first."""
    return claims.filter(state__in=[state.value for state in FOR_THE_EXECUTIVE]).order_by("state_since", "pk")


def shown_claims(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Without drafts of cycles that later evidence freed of any credit."""
    return claims.exclude(state=State.DRAFT.value, percent=0)


def ledger_of(user: Reader) -> QuerySet[LedgerEntry]:
    if not _may_view(user):
        return LedgerEntry.objects.none()
    return LedgerEntry.objects.filter(customer_scope(user, "tenant__customer__")).select_related(
        "tenant__customer__partner", "claim__cycle", "by", "reversed_by", "reverses"
    )


def flagged_statements(user: Reader) -> QuerySet[Statement]:
    """AVL-7: closed cycles in which the two readings give different tiers, the newest first."""
    if not _may_view(user):
        return Statement.objects.none()
    return (
        holding_statements()
        .filter(customer_scope(user, "cycle__contract__tenant__customer__"), tiers_differ=True)
        .select_related("cycle__contract__tenant__customer")
        .order_by("-cycle__month", "cycle__contract__tenant__code")
    )


def announced_downtimes_of(user: Reader) -> QuerySet[AnnouncedDowntime]:
    if not user.is_authenticated or not user.has_perm("credits.record_evidence"):
        return AnnouncedDowntime.objects.none()
    return AnnouncedDowntime.objects.filter(customer_scope(user, "tenant__customer__")).select_related(
        "tenant", "recorded_by", "reverted_by"
    )


def in_force_on(day: object) -> Q:
    """Contracts that cover a local date."""
    return Q(starts_on__lte=day) & (Q(last_day_on__isnull=True) | Q(last_day_on__gte=day))
