"""Versions of calendars and policies: drafted, published, made the default."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from sla.domain.calendar_definition import digest
from sla.models import BusinessCalendar, CalendarVersion, PolicyTarget, PolicyVersion, SlaPolicy

from .rights import require


@transaction.atomic
def publish_calendar(
    calendar: BusinessCalendar, *, by: User | None, effective_at: datetime, now: datetime
) -> CalendarVersion:
    """Freezes the calendar as it stands into its next version."""
    require(by, "sla.change_policy")
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
    require(by, "sla.change_policy")
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
    require(by, "sla.change_policy")
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
    require(by, "sla.change_policy")
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
