"""`manage.py sample_data`: people and tickets as `tickets` invents them, and months of availability."""

from credits.sample import tell_availability
from lynnsupport.common import clock
from tickets.management.commands import sample_data


class Command(sample_data.Command):
    def handle(self, *, verbosity: int, **options: object) -> None:
        super().handle(verbosity=verbosity, **options)
        told = tell_availability(now=clock.now())
        if verbosity:
            self.stdout.write(f"Sample incidents added: {told}")
