"""What was said about a provider or a patch is append-only in the database too."""

from django.db import migrations

from lynnsupport.common.guards import guard

TABLES = ("tickets_providerdealing", "tickets_patchplan")


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
    dependencies = [("tickets", "0004_decisions")]
    operations = [*guards()]
