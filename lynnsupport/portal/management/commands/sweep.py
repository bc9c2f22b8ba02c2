"""`manage.py sweep`: every sweep once, by hand; `--now` for rehearsals."""

import traceback
from contextlib import nullcontext
from datetime import datetime

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from lynnsupport.common.clock import now as read_clock
from lynnsupport.portal.operations import noted
from lynnsupport.portal.sweeps import SWEEPS


class Command(BaseCommand):
    help = "Does once whatever is due: warnings, breaches, mail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--now",
            metavar="ISO",
            help="pretend that it is this instant, such as 2026-11-23T09:30:00-03:00; what is due by then is"
            " done for real, but does not count as the jobs' own run",
        )

    def handle(self, *, now: str | None, **_options) -> None:
        instant = _instant(now) if now else read_clock()
        failed = []
        for name, sweep in SWEEPS.items():
            try:
                with nullcontext() if now else noted(name):
                    self.stdout.write(f"{name}: {sweep(instant)}")
            except Exception:
                self.stderr.write(f"{name} failed:\n{traceback.format_exc()}")
                failed.append(name)
        if failed:
            raise CommandError(f"Not everything was swept: {', '.join(failed)}.")


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--now: {error}") from error
    if instant.tzinfo is None:
        raise CommandError(f"--now: {text} has no time zone; add one, such as {text}Z.")
    return instant
