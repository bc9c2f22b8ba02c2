"""`manage.py search_index`: PostgreSQL's index for the search, where migrating could not create it."""

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import gettext as _

from tickets.trigrams import create_index


class Command(BaseCommand):
    help = "Creates PostgreSQL's trigram index for the search of tickets; does nothing where it is there."

    def handle(self, **_options) -> None:
        if not create_index(connection):
            raise CommandError(
                _("This database has no pg_trgm, and this role may not create it (CREATE EXTENSION pg_trgm).")
            )
        self.stdout.write(_("The search index is there."))
