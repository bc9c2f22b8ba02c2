"""`manage.py sample_data`: invented people and tickets to look at the portal with."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from credits.sample import tell_availability
from lynnsupport.common import clock
from lynnsupport.notices.sample import make_sample_notices
from tickets.domain.intake import Answers, Channel
from tickets.escalation.sample import tell_escalations
from tickets.incidents.sample.outage import Hands, tell_outage
from tickets.incidents.sample.summaries import summarise
from tickets.operations import assign, open_ticket, sweep_clocks
from tickets.sample.people import LOGINS, PASSWORD, SampleCast, make_cast
from tickets.sample.stories import tell

OUTAGE = UUID("3a9c1b62-54ce-4c5b-a1bd-7f7b8c1f6a10")  # makes a run of the same seed the same ticket


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
            _tell_outage(cast, seed=seed, now=now)
            sweep_clocks(now=now)
            tell_availability(now=now)
            tell_escalations(now=now)
            make_sample_notices(now=now)
        if verbosity:
            self.stdout.write(f"Sample tickets added: {sum(ticket is not None for ticket in told)}")
            self.stdout.write(f"Sample logins, all with the password {PASSWORD}:")
            for email, who in LOGINS:
                self.stdout.write(f"  {email:30} {who}")


def _tell_outage(cast: SampleCast, *, seed: int, now: datetime) -> None:
    """A platform outage of last week, with the ticket of the first tenant's designated contact."""
    place = cast.tenants[0]
    started = now.replace(minute=12, second=0, microsecond=0) - timedelta(days=6)
    opening = open_ticket(
        by=place.designated.user,
        channel=Channel.PORTAL,
        answers=Answers(
            tenant=place.tenant.code,
            subject="Ningún bot responde",
            description="Desde hace unos minutos nada contesta, ni los bots ni el panel.",
            detected_at=started,
            detected_zone=place.tenant.time_zone,
            impact_percent=Decimal(100),
            has_workaround=False,
        ),
        now=started + timedelta(minutes=9),
        submission_key=uuid5(OUTAGE, str(seed)),
    )
    if opening.is_new:
        hands = Hands(*cast.engineers)
        ticket = assign(
            opening.ticket, by=cast.desk_lead, owner=hands.engineer, now=started + timedelta(minutes=10)
        )
        tell_outage(ticket, hands, started=started, now=now)
