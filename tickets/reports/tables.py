"""A report as tables of plain cells, for files that people open in a spreadsheet."""

import csv
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from io import StringIO

from .report import Line, Report

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it some programs read UTF-8 as something else
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")

type Cell = str | int


def as_csv(report: Report, table: str) -> str:
    """One of TABLES as CSV (RFC 4180). Texts that a spreadsheet would run as a formula begin with '."""
    out = StringIO()
    out.write(BOM)
    rows = csv.writer(out)
    for row in TABLES[table](report):
        rows.writerow([_harmless(cell) for cell in row])
    return out.getvalue()


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_BEGINS_A_FORMULA) else cell


_COUNTS = ("met", "late", "missed", "excused", "share")


def _compliance(report: Report) -> Iterator[tuple[Cell, ...]]:
    yield ("month", "group", "first", "second", *_COUNTS)
    for group, lines in (
        ("promise", report.by_promise),
        ("partner", report.by_partner),
        ("customer", report.by_customer),
    ):
        for line in lines:
            yield (str(report.month), group, *_two(line), *_counts(line))


def _two(line: Line) -> tuple[Cell, Cell]:
    first, *rest = (part if isinstance(part, int) else str(part) for part in line.label)
    return first, rest[0] if rest else ""


def _counts(line: Line) -> tuple[Cell, ...]:
    counts = line.counts
    share = "" if counts.share is None else f"{counts.share.numerator}/{counts.share.denominator}"
    return counts.met, counts.late, counts.missed, counts.excused, share


def _breaches(report: Report) -> Iterator[tuple[Cell, ...]]:
    yield (
        "month",
        "ticket",
        "clock",
        "clock_id",
        "severity",
        "partner",
        "customer",
        "owner",
        "due_at",
        "done_at",
        "overdue_seconds",
    )
    for case in report.breaches:
        yield (
            str(report.month),
            case.number,
            case.kind,
            case.clock_id,
            case.severity,
            case.partner,
            case.customer,
            case.owner,
            _iso(case.due_at),
            _iso(case.done_at),
            _seconds(case.overdue),
        )


def _times(report: Report) -> Iterator[tuple[Cell, ...]]:
    yield ("month", "what", "severity", "cases", "median_s", "percentile_90_s", "elapsed_median_s")
    for time in report.times:
        figures = (time.median, time.ninetieth, time.elapsed_median)
        yield (str(report.month), time.what, time.severity or "", time.count, *map(_seconds, figures))


def _trend(report: Report) -> Iterator[tuple[Cell, ...]]:
    yield ("month", "of", "met", "late", "missed", "excused", "share")
    for point in report.trend:
        for name, counts in (("response", point.responses), ("restoration", point.restorations)):
            yield (str(point.month), name, *_counts(Line((), counts)))


TABLES: Mapping[str, Callable[[Report], Iterator[tuple[Cell, ...]]]] = {
    "cumplimiento": _compliance,
    "incumplimientos": _breaches,
    "tiempos": _times,
    "tendencia": _trend,
}


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _seconds(length: timedelta | None) -> Cell:
    return "" if length is None else length // timedelta(seconds=1)
