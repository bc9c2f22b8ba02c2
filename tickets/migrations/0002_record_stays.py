"""The record of a ticket is append-only in the database too.

Deleting is refused by the models and, in PostgreSQL, here as well; SQLite's test suite empties tables by
DELETE, so there the models alone refuse it.
"""

from django.db import migrations

from lynnsupport.common.guards import append_only

TABLES = (
    "tickets_ticketevent",
    "tickets_severityassessment",
    "tickets_storedclockevent",
    "tickets_clockmilestone",
)


def guards():
    for table in TABLES:
        yield from append_only(table)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]
    operations = [*guards()]
