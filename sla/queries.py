"""Reads over what was promised: which version was in force for whom, and what it says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

from django.db.models import Case, Q, When

from lynnsupport.accounts.models import Contact, Contract, Tenant
from sla.domain.business_time import BusinessCalendar
from sla.domain.calendar_definition import CalendarDefinition
from sla.domain.clock_events import Ground
from sla.domain.targets import Target, Terms
from sla.in_force import Versions, contracts_in_force, local_date, versions_in_force
from sla.models import CalendarVersion, CaseTerms, MaintenanceAgreement, PolicyVersion

# What was published never changes, so what it says is kept by its digest. In use at once are the
# versions that open tickets are pinned to: a few for each calendar and policy.
VERSIONS_KEPT = 256


class NoVersionInForce(LookupError):
    """Nothing published is in force at that moment; `manage.py load_policy` ships the agreement."""


class AgreementReason(StrEnum):
    """Why this agreement applies, or why none does."""

    DEFAULT_POLICY = "default_policy"
    CONTRACT_POLICY = "contract_policy"
    ON_PREMISE = "on_premise"
    CUSTOM_DEVELOPMENT = "custom_development"
    PREVIEW = "preview"


RULES = {
    AgreementReason.DEFAULT_POLICY: "SUP-1",
    AgreementReason.CONTRACT_POLICY: "RST-4",
    AgreementReason.ON_PREMISE: "SUP-2",
    AgreementReason.CUSTOM_DEVELOPMENT: "SUP-3",
    AgreementReason.PREVIEW: "EXC-2",
}


GROUNDS = {
    AgreementReason.CUSTOM_DEVELOPMENT: Ground.CUSTOM_DEVELOPMENT,
    AgreementReason.PREVIEW: Ground.PREVIEW,
}


@dataclass(frozen=True)
class Agreement:
    """What binds for a ticket, and by which rules.

    `reasons`: why no target applies, in the order of their weight; else the one reason why the policy does.
    `policy_version` is None on premise without a policy of its own (SUP-2); with `grounds` it is what would
    bind without them (EXC-3). `is_designated`: the contact who was asked about may set its clocks running.
    """

    policy_version: PolicyVersion | None
    calendar_version: CalendarVersion
    reasons: tuple[AgreementReason, ...]
    is_designated: bool = False

    @property
    def reason_code(self) -> AgreementReason:
        return self.reasons[0]

    @property
    def rule(self) -> str:
        return RULES[self.reason_code]

    @property
    def grounds(self) -> tuple[Ground, ...]:
        """On which no target applies to the ticket until they are reverted."""
        return tuple(GROUNDS[reason] for reason in self.reasons if reason in GROUNDS)

    @property
    def has_targets(self) -> bool:
        return self.policy_version is not None and not self.grounds


def agreement_for(
    tenant: Tenant,
    *,
    at: datetime,
    is_preview: bool = False,
    is_custom_development: bool = False,
    contact: Contact | None = None,
) -> Agreement:
    """The promises that bind for `tenant` at `at`, and whether `contact` is designated for its customer then
    (CON-1); at most two queries. Raises NoVersionInForce.

    RST-4: the policy that a contract names comes before the default; it lifts SUP-2, and SUP-3 once the
    soft launch is over, not EXC-2.
    """
    versions = versions_in_force(tenant, at, contact)
    calendar_version, agreed = _calendar_version(versions, at), versions.agreed
    if agreed is None and tenant.is_on_premise:
        on_premise = (AgreementReason.ON_PREMISE,)
        return Agreement(None, calendar_version, on_premise, versions.is_designated)
    reasons = []
    contracts = contracts_in_force(tenant, at) if is_preview or is_custom_development else ()
    if is_custom_development and (agreed is None or _is_in_soft_launch(contracts, local_date(tenant, at))):
        reasons.append(AgreementReason.CUSTOM_DEVELOPMENT)
    if is_preview and not any(contract.covers_preview for contract in contracts):
        reasons.append(AgreementReason.PREVIEW)
    policy = AgreementReason.DEFAULT_POLICY if agreed is None else AgreementReason.CONTRACT_POLICY
    version = _policy_version(versions, at)
    return Agreement(version, calendar_version, tuple(reasons) or (policy,), versions.is_designated)


def _is_in_soft_launch(contracts: Iterable[Contract], day: date) -> bool:
    last_days = (contract.soft_launch_last_day_on for contract in contracts)
    return any(last is not None and day <= last for last in last_days)


def policy_version_for(tenant: Tenant, at: datetime) -> PolicyVersion:
    """The contract's policy, else the default, in the version in force at `at`; its key and digest.

    One query. Raises NoVersionInForce.
    """
    return _policy_version(versions_in_force(tenant, at), at)


def calendar_version_for(tenant: Tenant, at: datetime) -> CalendarVersion:
    """SUP-1: the calendar the tenant names, else the default, as in force at `at`; its key and digest.

    One query. Raises NoVersionInForce.
    """
    return _calendar_version(versions_in_force(tenant, at), at)


def working_calendar(time_zone: str, at: datetime) -> BusinessCalendar:
    """The hours that people of a time zone work: those of a calendar of that zone, else the default one's."""
    in_force = CalendarVersion.objects.filter(effective_at__lte=at).filter(
        Q(calendar__time_zone=time_zone) | Q(calendar__is_default=True)
    )
    nearest = Case(When(calendar__time_zone=time_zone, then=0), default=1)
    best = in_force.order_by(nearest, "-calendar__is_default", "calendar", "-effective_at", "-number")
    digest = best.values_list("digest", flat=True).first()
    if digest is None:
        raise NoVersionInForce(f"no business calendar is in force at {at}")
    return calendar_of(digest)


def case_terms_at(at: datetime) -> CaseTerms:
    """How long cases wait for their customers, as in force at `at` (CRP); one query. NoVersionInForce."""
    terms = CaseTerms.objects.filter(effective_at__lte=at).order_by("-effective_at", "-number").first()
    if terms is None:
        raise NoVersionInForce(f"no terms of closing are in force at {at}")
    return terms


def reminder_days_at(at: datetime) -> tuple[int, ...]:
    """How many days before something ends people hear of it (CON-3); none before the terms are loaded."""
    try:
        return case_terms_at(at).reminders
    except NoVersionInForce:
        return ()


def _policy_version(versions: Versions, at: datetime) -> PolicyVersion:
    version = versions.agreed or versions.usual
    if version is None:
        raise NoVersionInForce(f"no default policy is in force at {at}")
    return version


def _calendar_version(versions: Versions, at: datetime) -> CalendarVersion:
    if versions.calendar is None:
        raise NoVersionInForce(f"no business calendar is in force at {at}")
    return versions.calendar


def domain_calendar(version: CalendarVersion) -> BusinessCalendar:
    """What the version says, ready to count with; a query only the first time."""
    return calendar_of(version.digest)


@lru_cache(maxsize=VERSIONS_KEPT)
def calendar_of(digest: str) -> BusinessCalendar:
    """The calendar of the version with that digest."""
    definition = CalendarVersion.objects.filter(digest=digest).values_list("definition", flat=True)[:1]
    return CalendarDefinition.from_data(definition.get()).calendar()


def terms_of(version: PolicyVersion) -> Terms:
    """What a published version says: borders, weights, targets; queries only the first time."""
    return _terms(version.digest)


@lru_cache(maxsize=VERSIONS_KEPT)
def _terms(digest: str) -> Terms:
    return PolicyVersion.objects.filter(digest=digest)[:1].get().terms()


def targets_of(version: PolicyVersion, severity: int) -> tuple[Target, ...]:
    """The targets of a published version at one severity."""
    return terms_of(version).for_severity(severity)


def maintenance_agreement_on(tenant: Tenant, day: date) -> MaintenanceAgreement | None:
    """SUP-5: the agreement that covers a local date of the tenant."""
    agreements = MaintenanceAgreement.objects.filter(tenant=tenant, effective_on__lte=day)
    return agreements.order_by("-effective_on").first()
