"""Statements and the ledger as tables and JSON, for files that people and billing systems open."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from credits.domain.days import days_of
from credits.domain.tiers import written_amount
from credits.models import LedgerEntry
from credits.reading import Shown

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it some programs read UTF-8 as something else
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

type Cell = str | int


def as_csv(rows: Iterable[Sequence[Cell]]) -> str:
    """RFC 4180. Texts that a spreadsheet would run as a formula begin with an apostrophe (CRD-5)."""
    out = StringIO()
    out.write(BOM)
    writer = csv.writer(out)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def _harmless(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_BEGINS_A_FORMULA) and not _is_number(cell):
        return f"'{cell}"
    return cell


def _is_number(text: str) -> bool:
    """An amount below zero begins with a minus and is no formula."""
    return text.removeprefix("-").replace(".", "", 1).isdecimal()


def days_table(shown: Shown) -> Iterator[Sequence[Cell]]:
    """One row for each local day of a cycle."""
    yield (
        "tenant",
        "cycle",
        "day",
        "time_zone",
        "day_seconds",
        "counted_seconds",
        "not_counted_seconds",
        "window_seconds",
        "shows",
    )
    zone = ZoneInfo(shown.data["contract"]["time_zone"])
    for day in days_of(shown.data):
        length = int((day.whole.end - day.whole.start).total_seconds())
        windows = sum(int((part.end - part.start).total_seconds()) for part in day.windows)
        yield (
            shown.tenant.code,
            shown.month,
            day.day.isoformat(),
            zone.key,
            length,
            day.counted_seconds,
            day.left_out_seconds,
            windows,
            day.look.value,
        )


LEDGER_COLUMNS = (
    "number",
    "kind",
    "takes_back",
    "date",
    "partner",
    "customer",
    "tenant",
    "contract",
    "billing",
    "cycle",
    "currency",
    "amount",
    "credit_percent",
    "statement_digest",
)


def ledger_table(entries: Iterable[LedgerEntry]) -> Iterator[Sequence[Cell]]:
    yield LEDGER_COLUMNS
    for entry in entries:
        row = ledger_row(entry)
        yield tuple("" if row[name] is None else row[name] for name in LEDGER_COLUMNS)


def ledger_row(entry: LedgerEntry) -> dict[str, Any]:
    """An entry as the note says it, flat; amounts as text with the currency's decimals."""
    data = entry.data
    return {
        "number": entry.number,
        "kind": entry.kind,
        "takes_back": data["takes_back"],
        "date": data["at"],
        "partner": data["partner"],
        "customer": data["customer"],
        "tenant": data["tenant"]["id"],
        "contract": data["contract"],
        "billing": data["billing"],
        "cycle": data["cycle"],
        "currency": entry.currency,
        "amount": written_amount(Decimal(entry.amount), entry.currency),
        "credit_percent": data["percent"],
        "statement_digest": data["statement"]["digest"] if data["statement"] else None,
    }


def as_json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
