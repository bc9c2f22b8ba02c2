"""Acts that change what is promised: publish, import holidays, agree a maintenance window.

All are atomic. `by` is who acts (None: the product itself, loading what it ships), `now` the instant of the
act. What the rules or the person's role do not allow raises `Refused` with the reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from lynnsupport.accounts.models import Contact, Tenant, User
from lynnsupport.common.refusal import Refused
from sla.domain.calendar_definition import digest
from sla.models import (
    BusinessCalendar,
    CalendarDay,
    CalendarVersion,
    MaintenanceAgreement,
    PolicyTarget,
    PolicyVersion,
    SlaPolicy,
)


@transaction.atomic
def publish_calendar(
    calendar: BusinessCalendar, *, by: User | None, effective_at: datetime, now: datetime
) -> CalendarVersion:
    """Freezes the calendar as it stands into its next version."""
    _require(by, "sla.change_policy")
    calendar = BusinessCalendar.objects.select_for_update().get(pk=calendar.pk)
    last = calendar.versions.order_by("-number").first()
    definition = calendar.definition()
    if not definition.is_ever_open:
        raise Refused(
            _("This calendar never opens: a target that counts in it would never fall due."),
            instead=_("Write hours for at least one weekday."),
        )
    data = definition.to_data()
    if last is not None:
        _refuse_in_the_past(effective_at, now=now, last_effective_at=last.effective_at)
        if digest(data) == last.digest:
            raise Refused(_("Nothing has changed since version %(number)s.") % {"number": last.number})
    return CalendarVersion.objects.create(
        calendar=calendar,
        number=last.number + 1 if last else 1,
        effective_at=effective_at,
        published_at=now,
        published_by=by,
        definition=data,
        digest=digest(data),
    )


def _refuse_in_the_past(effective_at: datetime, *, now: datetime, last_effective_at: datetime) -> None:
    """A promise cannot be changed backwards; only a first version may say since when it has held."""
    if effective_at < now:
        raise Refused(_("A new version cannot take effect in the past."), allowed_from=now)
    if effective_at < last_effective_at:
        raise Refused(
            _("A new version cannot take effect before the one published last."),
            allowed_from=last_effective_at,
        )


@transaction.atomic
def draft_policy(policy: SlaPolicy, *, based_on: PolicyVersion, by: User) -> PolicyVersion:
    """A new draft of `policy` that says what `based_on` says. Refused while there is another draft."""
    _require(by, "sla.change_policy")
    policy = SlaPolicy.objects.select_for_update().get(pk=policy.pk)
    if policy.versions.filter(published_at__isnull=True).exists():
        raise Refused(_("This policy already has a draft."), instead=_("Change or publish that one."))
    last = policy.versions.aggregate(number=Max("number"))["number"] or 0
    copied = ("critical_over", "low_under", "weight_low", "weight_normal", "weight_high", "warning_percents")
    draft = PolicyVersion.objects.create(
        policy=policy, number=last + 1, **{name: getattr(based_on, name) for name in copied}
    )
    for target in based_on.targets.all():
        PolicyTarget.objects.create(
            version=draft,
            kind=target.kind,
            severity=target.severity,
            amount=target.amount,
            unit=target.unit,
        )
    return draft


@transaction.atomic
def publish_policy(
    version: PolicyVersion, *, by: User | None, effective_at: datetime, now: datetime
) -> PolicyVersion:
    """Makes a draft binding from `effective_at` on, and unchangeable."""
    _require(by, "sla.change_policy")
    SlaPolicy.objects.select_for_update().get(pk=version.policy_id)
    version = PolicyVersion.objects.select_related("policy").get(pk=version.pk)
    version.refuse_if_published()
    if not version.targets.exists():
        raise Refused(_("This version has no target: it would promise nothing."))
    published = version.policy.versions.filter(published_at__isnull=False)
    last = published.order_by("-number").first()
    data = version.terms_data()
    if last is not None:
        _refuse_in_the_past(effective_at, now=now, last_effective_at=last.effective_at)
        if digest(data) == last.digest:
            raise Refused(_("Nothing has changed since version %(number)s.") % {"number": last.number})
    version.effective_at = effective_at
    version.published_at = now
    version.published_by = by
    version.digest = digest(data)
    version.save()
    return version


@transaction.atomic
def make_default[T: (SlaPolicy, BusinessCalendar)](thing: T, *, by: User, now: datetime) -> T:
    """`thing` applies where nothing else is named (SUP-1, RST-4), instead of the one that did until now."""
    _require(by, "sla.change_policy")
    model = type(thing)
    former = list(model.objects.select_for_update().filter(is_default=True).exclude(pk=thing.pk))
    thing = model.objects.select_for_update().get(pk=thing.pk)
    if not thing.versions.filter(published_at__isnull=False, effective_at__lte=now).exists():
        raise Refused(
            _("No version of it is in force: nothing would apply."), instead=_("Publish a version first.")
        )
    for each in [*former, thing]:
        each.is_default = each == thing
        each._history_user, each._history_date = by, now
        each.save()
    return thing


@dataclass(frozen=True)
class HolidayImport:
    """What an import does, as dates: `kept` are days that a person wrote and that therefore stay."""

    added: tuple[date, ...]
    renamed: tuple[date, ...]
    withdrawn: tuple[date, ...]
    kept: tuple[date, ...]

    @property
    def changes_anything(self) -> bool:
        return bool(self.added or self.renamed or self.withdrawn)


@transaction.atomic
def import_holidays(
    calendar: BusinessCalendar, *, years: Iterable[int], by: User | None, now: datetime
) -> HolidayImport:
    """Brings the public holidays of the calendar's country for `years` into its days, with Spanish names.

    Imported days follow the source (added, renamed, withdrawn); what a person wrote is never touched.
    Binding only once the calendar is published.
    """
    _require(by, "sla.change_policy")
    years = sorted(set(years))
    calendar = BusinessCalendar.objects.select_for_update().get(pk=calendar.pk)
    known = {day.date: day for day in calendar.days.filter(date__year__in=years)}
    announced = _public_holidays(calendar.country, years)
    imported = {day: row for day, row in known.items() if row.origin == CalendarDay.Origin.IMPORTED}
    added = [
        CalendarDay(calendar=calendar, date=day, name=name, origin=CalendarDay.Origin.IMPORTED)
        for day, name in announced.items()
        if day not in known
    ]
    renamed = [row for day, row in imported.items() if announced.get(day, row.name) != row.name]
    withdrawn = [row for day, row in imported.items() if day not in announced]
    for row in renamed:
        row.name = announced[row.date]
    trail = {"default_user": by, "default_date": now}
    bulk_create_with_history(added, CalendarDay, **trail)
    bulk_update_with_history(renamed, CalendarDay, ["name"], **trail)
    for row in withdrawn:
        row._history_user, row._history_date = by, now
        row.delete()
    return HolidayImport(
        added=tuple(row.date for row in added),
        renamed=tuple(sorted(row.date for row in renamed)),
        withdrawn=tuple(sorted(row.date for row in withdrawn)),
        kept=tuple(sorted(known.keys() - imported.keys())),
    )


def _public_holidays(country: str, years: Iterable[int]) -> dict[date, str]:
    import holidays  # here, because reading its tables takes a third of a second and only imports need it

    found = holidays.country_holidays(country, years=years, language="es")
    return {day: found[day] for day in sorted(found)}


@transaction.atomic
def agree_maintenance(
    *,
    tenant: Tenant,
    agreed_with: Contact,
    daily_start: time,
    effective_on: date,
    agreed_at: datetime,
    by: User,
    now: datetime,
) -> MaintenanceAgreement:
    """SUP-5: records the daily window agreed with the tenant's product administrator.

    It covers the days from `effective_on` until the next agreement; days before it was agreed stay
    under what held then.
    """
    _require(by, "accounts.change_directory")
    check_maintenance(
        tenant=tenant, agreed_with=agreed_with, effective_on=effective_on, agreed_at=agreed_at, now=now
    )
    return MaintenanceAgreement.objects.create(
        tenant=tenant,
        agreed_with=agreed_with,
        daily_start=daily_start,
        effective_on=effective_on,
        agreed_at=agreed_at,
        recorded_by=by,
        recorded_at=now,
    )


def check_maintenance(
    *, tenant: Tenant, agreed_with: Contact | None, effective_on: date, agreed_at: datetime, now: datetime
) -> None:
    """Raises Refused where such an agreement cannot be."""
    if agreed_with is None or tenant.product_administrator_id != agreed_with.pk:
        raise Refused(
            _("The window is agreed with the tenant's product administrator."),
            rule="SUP-5",
            instead=_("Record first who that is, in the tenant."),
        )
    if agreed_at > now:
        raise Refused(_("An agreement cannot have been made in the future."), rule="SUP-5")
    if effective_on < agreed_at.astimezone(ZoneInfo(tenant.time_zone)).date():
        raise Refused(_("A window cannot begin on a day before it was agreed."), rule="SUP-5")
    if MaintenanceAgreement.objects.filter(tenant=tenant, effective_on=effective_on).exists():
        raise Refused(_("An agreement already begins on this day."), rule="SUP-5")


def _require(by: User | None, permission: str) -> None:
    if by is not None and not by.has_perm(permission):
        raise Refused(_("Your role does not include this."), instead=_("Ask an administrator."))
