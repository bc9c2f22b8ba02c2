"""`manage.py sample_data`: invented people and tickets to look at the portal with."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from credits.sample import tell_availability
from lynnsupport.common import clock
from tickets.incidents.sample.summaries import summarise
from tickets.operations import sweep_clocks
from tickets.sample.people import LOGINS, PASSWORD, make_cast
from tickets.sample.stories import tell


class Command(BaseCommand):
    help = "Adds invented people and tickets; run twice with the same seed it changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("--tickets", type=int, default=30, help="how many tickets (30)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same tickets (1)")

    def handle(self, *, tickets: int, seed: int, verbosity: int, **_options: object) -> None:
        if not settings.ALLOW_SAMPLE_DATA:
            raise CommandError(
                "Sample logins have a published password: this installation refuses them (ALLOW_SAMPLE_DATA)."
            )
        if tickets < 0:
            raise CommandError(f"--tickets is how many tickets to tell, not {tickets}.")
        now = clock.now()
        with transaction.atomic():
            call_command("load_policy", verbosity=0)
            cast = make_cast(now=now)
            told = [
                tell(number, cast=cast, seed=seed, now=now, before_solution=summarise)
                for number in range(tickets)
            ]
            sweep_clocks(now=now)
            tell_availability(now=now)
        if verbosity:
            self.stdout.write(f"Sample tickets added: {sum(ticket is not None for ticket in told)}")
            self.stdout.write(f"Sample logins, all with the password {PASSWORD}:")
            for email, who in LOGINS:
                self.stdout.write(f"  {email:30} {who}")
