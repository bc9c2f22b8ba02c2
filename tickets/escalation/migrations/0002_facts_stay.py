"""Steps of escalations and digests that went out are append-only in the database too."""

from django.db import migrations

from lynnsupport.common.guards import guard

TABLES = ("escalation_escalationstep", "escalation_digest")


def guards():
    for table in TABLES:
        yield guard(
            f"{table}_unchanged", table=table, before="UPDATE", message=f"{table} is append-only: no change"
        )
        yield guard(
            f"{table}_undeleted",
            table=table,
            before="DELETE",
            message=f"{table} is append-only: no deletion",
            only="postgresql",
        )


class Migration(migrations.Migration):
    dependencies = [("escalation", "0001_initial")]
    operations = [*guards()]
