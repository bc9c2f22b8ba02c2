"""The reports' pages: one month at a glance with the year before it, and the same as files."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lynnsupport.common import clock
from lynnsupport.common.moments import zone_name
from tickets.domain.compliance import Tally, percent_floor
from tickets.explanations import CLOCK_NAMES
from tickets.models.ticket import SEVERITY_LABELS

from .months import Month, up_to
from .report import RESOLUTION, Line, Point, Times, report_of
from .tables import TABLES, as_csv

MONTHS_OFFERED = 24
FULL = 1000
_SEVERITIES = dict(SEVERITY_LABELS)


@dataclass(frozen=True)
class Asked:
    """What the address asks for; `problem` says what of it could not be understood."""

    month: Month
    told_by: datetime
    problem: str

    @property
    def query(self) -> str:
        return urlencode({"mes": str(self.month), "al": self.told_by.isoformat()})


def _zone() -> ZoneInfo:
    """Months are those of the installation's zone, for every reader: a figure has one value."""
    return ZoneInfo(settings.TIME_ZONE)


def _asked(request: HttpRequest) -> Asked:
    now, problem = clock.now(), ""
    month = this = Month.of(now, _zone())
    told_by = now
    if request.GET.get("mes"):
        try:
            month = Month.parse(request.GET["mes"])
        except ValueError:
            problem = _("The month was not understood; write it as %(example)s.") % {"example": str(this)}
    if request.GET.get("al"):
        try:
            told_by = datetime.fromisoformat(request.GET["al"].replace(" ", "+"))
        except ValueError:
            told_by = now
        if told_by.utcoffset() is None:
            problem = _("The instant needs a date, a time and a zone, such as %(example)s.") % {
                "example": now.isoformat(timespec="seconds")
            }
            told_by = now
    if month > this:
        month, problem = this, _("That month has not begun; this is the running one.")
    return Asked(month, min(told_by, now), problem)


def _may_read(request: HttpRequest) -> None:
    if not request.user.has_perm("tickets.view_reports"):
        raise PermissionDenied


@require_safe
@login_required
def month(request: HttpRequest) -> HttpResponse:
    _may_read(request)
    asked = _asked(request)
    report = report_of(request.user, asked.month, zone=_zone(), told_by=asked.told_by)
    this = Month.of(clock.now(), _zone())
    context = {
        "report": report,
        "problem": asked.problem,
        "month_name": _name(report.month),
        "zone_name": zone_name(report.zone),
        "is_running": report.month == this,
        "months": [(str(each), _name(each)) for each in reversed(list(up_to(this, MONTHS_OFFERED)))],
        "promises": [_row(line, _promise(line)) for line in report.by_promise],
        "partners": [_row(line, str(line.label[0])) for line in report.by_partner],
        "customers": [_row(line, f"{line.label[1]} · {line.label[0]}") for line in report.by_customer],
        "times": [_timed(time) for time in report.times],
        "breaches": [
            (case, str(CLOCK_NAMES[case.kind]), _SEVERITIES[case.severity]) for case in report.breaches
        ],
        "trend": [_column(point) for point in report.trend],
        "files": [(label, _file(table, asked)) for table, label in _files()],
        "again": f"{reverse('reports:month')}?{asked.query}",
    }
    return render(request, "reports/month.html", context)


@require_safe
@login_required
def csv_table(request: HttpRequest, table: str) -> HttpResponse:
    _may_read(request)
    if table not in TABLES:
        raise Http404(_("There is no such table."))
    asked = _asked(request)
    if asked.problem:
        return HttpResponse(asked.problem, status=400, content_type="text/plain; charset=utf-8")
    report = report_of(request.user, asked.month, zone=_zone(), told_by=asked.told_by)
    name = f"{table}-{report.month}.csv"
    return HttpResponse(
        as_csv(report, table),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _files() -> list[tuple[str, str]]:
    return [
        ("cumplimiento", _("Compliance")),
        ("incumplimientos", _("Breaches")),
        ("tiempos", _("Times")),
        ("tendencia", _("The year")),
    ]


def _file(table: str, asked: Asked) -> str:
    return f"{reverse('reports:csv', args=[table])}?{asked.query}"


def _name(month: Month) -> str:
    return date_format(month.first_day, "YEAR_MONTH_FORMAT")


def _promise(line: Line) -> str:
    kind, severity = line.label
    return f"{CLOCK_NAMES[kind]} · {_SEVERITIES[severity]}"


@dataclass(frozen=True)
class Row:
    label: str
    counts: Tally
    share: str


def _row(line: Line, label: str) -> Row:
    return Row(label, line.counts, _percent(line.counts.share))


def _percent(share: Fraction | None) -> str:
    return _("no cases") if share is None else f"{number_format(percent_floor(share))} %"


@dataclass(frozen=True)
class Timed:
    what: str
    count: int
    median: timedelta | None
    ninetieth: timedelta | None
    elapsed: timedelta | None


def _timed(time: Times) -> Timed:
    what = _("Resolution") if time.what == RESOLUTION else str(CLOCK_NAMES[time.what])
    if time.severity:
        what = f"{what} · {_SEVERITIES[time.severity]}"
    return Timed(what, time.count, time.median, time.ninetieth, time.elapsed_median)


@dataclass(frozen=True)
class Column:
    """One month of the picture: heights in tenths of a percent, None without cases."""

    label: str
    name: str
    responses: Row
    restorations: Row
    response_height: int | None
    restoration_height: int | None

    @property
    def response_top(self) -> int:
        return FULL - (self.response_height or 0)

    @property
    def restoration_top(self) -> int:
        return FULL - (self.restoration_height or 0)


def _column(point: Point) -> Column:
    return Column(
        label=date_format(point.month.first_day, "M"),
        name=_name(point.month),
        responses=_row(Line((), point.responses), ""),
        restorations=_row(Line((), point.restorations), ""),
        response_height=_height(point.responses),
        restoration_height=_height(point.restorations),
    )


def _height(counts: Tally) -> int | None:
    return None if counts.share is None else counts.share.numerator * FULL // counts.share.denominator
