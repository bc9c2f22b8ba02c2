"""`manage.py verify_clocks`: rebuild every clock from its events and compare it with what is stored."""

from django.core.management.base import BaseCommand, CommandError

from lynnsupport.common import clock
from tickets.models import SlaClock
from tickets.verification import differences


class Command(BaseCommand):
    help = "Rebuilds every clock from its events; lists any difference and exits with 1 if there is one."

    def handle(self, **_options: object) -> None:
        found = 0
        for difference in differences(clock.now()):
            found += 1
            self.stdout.write(str(difference))
        if found:
            raise CommandError(f"{found} differences between stored clocks and their events.")
        self.stdout.write(f"{SlaClock.objects.count()} clocks are what their events say.")
