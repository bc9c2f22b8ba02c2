"""What programs read: the feed for Lynn's administration, calendars, and a summary in Statuspage's shape."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lynnsupport.accounts.models import Tenant
from lynnsupport.common import clock
from lynnsupport.notices import payloads
from lynnsupport.notices.domain.kinds import Kind
from lynnsupport.notices.entries import calendar_of
from lynnsupport.notices.models import NoticeVersion, TenantAddress
from lynnsupport.notices.queries import concerning, feed_versions, in_force, public_versions

from .answers import allow_origins, json_answer, language_of, with_etag

CALENDAR_REACHES_BACK = timedelta(days=90)


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """`/avisos.json`: what concerns everybody, now or soon (docs/notices-feed.md)."""
    return _feed(request, payloads.live(feed_versions(), clock.now()), is_private=False)


@require_safe
def tenant_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The same for one tenant, its confidential notices included."""
    told = payloads.live(in_force().filter(in_feed=True), clock.now())
    return _feed(request, concerning(told, _tenant(secret)), is_private=True)


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """`/avisos/calendario.ics`: public maintenance."""
    planned = public_versions().filter(_planned(clock.now()))
    return _calendar(request, planned, name=_("Lynn: maintenance"), is_private=False)


@require_safe
def tenant_calendar(request: HttpRequest, secret: str) -> HttpResponse:
    tenant = _tenant(secret)
    name = _("Lynn: maintenance of %(tenant)s") % {"tenant": tenant.name}
    planned = concerning(in_force().filter(_planned(clock.now())), tenant)
    return _calendar(request, planned, name=name, is_private=True)


@require_safe
def summary(request: HttpRequest) -> HttpResponse:
    """`/api/v2/summary.json`, as clients of Atlassian Statuspage expect it."""
    with translation.override(language_of(request)):
        return json_answer(request, payloads.summary(list(public_versions()[:200]), now=clock.now()))


def _feed(request: HttpRequest, versions: Iterable[NoticeVersion], *, is_private: bool) -> HttpResponse:
    language = language_of(request)
    with translation.override(language):
        return json_answer(request, payloads.feed(versions, language), is_private=is_private)


def _planned(now: datetime) -> Q:
    """Maintenance ahead, or over so lately that a calendar still shows it."""
    since = now - CALENDAR_REACHES_BACK
    return Q(Q(ends_at__gt=since) | Q(starts_at__gt=since), notice__kind=Kind.MAINTENANCE)


def _calendar(
    request: HttpRequest, versions: Iterable[NoticeVersion], *, name: str, is_private: bool
) -> HttpResponse:
    response = HttpResponse(
        calendar_of(versions, language_of(request), name=name),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'inline; filename="avisos.ics"'},
    )
    return allow_origins(request, with_etag(request, response, is_private=is_private))


def _tenant(secret: str) -> Tenant:
    found = TenantAddress.objects.filter(secret=secret).select_related("tenant__customer").first()
    if found is None:
        raise Http404(_("There is no such address."))
    return found.tenant
