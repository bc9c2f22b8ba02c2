"""AVL-6: anyone can recompute a statement from its own JSON; an independent count gives the same."""

import copy
import json
from random import Random

import pytest

from credits.domain.statement import recompute

from . import naive_recompute

pytestmark = pytest.mark.rule("AVL-6", "AVL-7")

# months with an ordinary number of hours, with a day of 25 and with one of 23, and a February
MONTHS = [
    ("2026-01", "2026-01-01", "2026-02-01", "America/Santiago"),
    ("2026-04", "2026-04-01", "2026-05-01", "America/Santiago"),
    ("2026-09", "2026-09-06", "2026-10-06", "America/Santiago"),
    ("2028-02", "2028-02-11", "2028-03-01", "America/Lima"),
]


def _statement(month, dice: Random) -> dict:
    name, first, after, zone = month

    def moment() -> str:
        day, hour = dice.randint(1, 28), dice.randint(0, 23)
        return f"{name}-{day:02}T{hour:02}:{dice.randint(0, 59):02}:{dice.randint(0, 59):02}Z"

    def span() -> dict:
        start, end = sorted((moment(), moment()))
        return {"start": start, "end": end}

    outages = [
        span()
        | {
            "cause": dice.choice(["own", "own", "own", "third_party", "customer"]),
            "scope": dice.choice(["platform", "platform", "feature"]),
            "impact": dice.choice(["full", "full", "degraded"]),
        }
        for _ in range(4)
    ]
    outages[0]["end"] = dice.choice([outages[0]["end"], None])
    announced = span()
    return {
        "rules": "AVL/1",
        "cycle": name,
        "period": {"first_day": first, "day_after": after, "cycle_days": 31},
        "as_of": dice.choice([moment(), f"{after}T12:00:00Z"]),
        "contract": {
            "time_zone": zone,
            "billing": "monthly",
            "currency": "CLP",
            "base_monthly_value": "1000.00",
            "base_annual_value": None,
        },
        "policy": {
            "tiers": [{"under": "99.95", "credit": 5}, {"under": "99.0", "credit": 20}],
            "binding_reading": "period",
            "claim_days": 30,
        },
        "outages": outages,
        "maintenance": [
            {
                "daily_start": dice.choice(["03:00:00", "23:30:00", "00:30:00"]),
                "first_day": "2025-01-01",
                "proof": "",
            },
            {"daily_start": "05:15:00", "first_day": f"{name}-15", "proof": ""},
        ],
        "announcements": [
            announced | {"announced_at": moment(), "proof": "", "productive_hours": [span(), span()]}
        ],
    }


@pytest.mark.parametrize("month", MONTHS, ids=lambda month: month[0])
@pytest.mark.parametrize("seed", range(2))
def test_a_naive_count_of_the_json_gives_the_same(month, seed):
    data = _statement(month, Random(f"{month}:{seed}"))
    again = json.loads(json.dumps(data))
    expected = naive_recompute.recompute(again)

    result = recompute(data)

    assert {name: result[name] for name in expected} == expected


def test_a_changed_statement_no_longer_recomputes_to_its_result():
    data = _statement(MONTHS[0], Random(1))
    data["outages"] = [
        {
            "start": "2026-01-10T10:00:00Z",
            "end": "2026-01-10T11:00:00Z",
            "cause": "own",
            "scope": "platform",
            "impact": "full",
        }
    ]
    data["result"] = recompute(data)
    forged = copy.deepcopy(data)
    forged["outages"][0]["cause"] = "third_party"

    assert recompute(data) == data["result"]
    assert recompute(forged) != forged["result"]
