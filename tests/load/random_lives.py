"""Random lives of tickets, each checked against a naive count of what was done.

`python -m tests.load.random_lives --lives 2000`. Runs on a test database of its own, SQLite in memory or
what DATABASE_URL names, and leaves nothing. With `--keep-going` it lists every life that differs instead of
stopping at the first.
"""

import argparse
import os
import random
import resource
import sys
import time

import django


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--lives", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--acts", type=int, default=14)
    options.add_argument("--keep-going", action="store_true")
    chosen = options.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lynnsupport.settings.test")
    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        return _play(chosen)
    finally:
        teardown_databases(databases, verbosity=0)


def _play(chosen: argparse.Namespace) -> int:
    from django.core.management import call_command

    from tests.flows.life_stories import IMPACTS, Life, random_plan
    from tests.flows.test_life_stories import ORIGINS, check
    from tests.tickets.stories import make_cast
    from tickets.models import ClockMilestone, SlaClock, Ticket
    from tickets.verification import differences

    call_command("load_policy", verbosity=0)
    casts = {origin: make_cast(at=origin) for origin in ORIGINS}
    different = acts = 0
    began = time.monotonic()
    for number in range(chosen.lives):
        dice = random.Random(chosen.seed * 1_000_003 + number)
        origin = dice.choice(ORIGINS)
        life = Life(
            casts[origin],
            origin,
            impact=dice.choice(IMPACTS),
            by_colleague=dice.random() < 0.3,
            is_preview=dice.random() < 0.1,
        )
        plan = random_plan(dice, dice.randint(1, chosen.acts))
        acts += sum(life.play(*step) for step in plan)
        try:
            check(life, life.minute + dice.choice((0, 60, 500, 3000)), every=False)
        except AssertionError as error:
            different += 1
            print(f"life {number}: {plan}\n{error}", file=sys.stderr)
            if not chosen.keep_going:
                return 1
    took = time.monotonic() - began
    last = max(life_end for life_end in SlaClock.objects.values_list("started_at", flat=True))
    began = time.monotonic()
    found = sum(1 for _ in differences(last.replace(year=last.year + 1)))
    verified = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"lives {chosen.lives}, acts done {acts}, tickets {Ticket.objects.count()}")
    print(f"clocks {SlaClock.objects.count()}, facts {ClockMilestone.objects.count()}, took {took:.1f} s")
    print(f"different from the naive count: {different}")
    print(f"verify_clocks: {found} differences in {verified:.1f} s, peak memory {peak} MB")
    return 1 if different or found else 0


if __name__ == "__main__":
    sys.exit(main())
