"""Steps of escalations and digests that went out are append-only in the database too."""

from django.db import migrations

from lynnsupport.common.guards import append_only

TABLES = ("escalation_escalationstep", "escalation_digest")


def guards():
    for table in TABLES:
        yield from append_only(table)


class Migration(migrations.Migration):
    dependencies = [("escalation", "0001_initial")]
    operations = [*guards()]
