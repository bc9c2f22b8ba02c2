"""`manage.py load_policy`: what `sla` ships, and beside it what credit is given for."""

from django.utils.translation import gettext as _

from credits.shipped import load_credit_policy
from lynnsupport.common.clock import now
from sla.management.commands import load_policy


class Command(load_policy.Command):
    def handle(self, *, verbosity: int, **options) -> None:
        super().handle(verbosity=verbosity, **options)
        version = load_credit_policy(now=now())
        if verbosity and version is not None:
            self.stdout.write(_("Published: %(version)s") % {"version": version})
