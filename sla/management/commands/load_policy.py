"""`manage.py load_policy`: the shipped policy and calendars, where they are not there yet."""

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from lynnsupport.common.clock import now
from sla.shipped import load_agreement


class Command(BaseCommand):
    help = "Loads the support agreement's policy and calendars; changes nothing that is already there."

    def handle(self, *, verbosity: int, **_options) -> None:
        loaded = load_agreement(now=now())
        if not verbosity:
            return
        for version in loaded.published:
            self.stdout.write(_("Published: %(version)s") % {"version": version})
        for name in loaded.kept:
            self.stdout.write(_("Already there, left as it is: %(name)s") % {"name": name})
        if not loaded.published:
            self.stdout.write(_("Nothing to do."))
