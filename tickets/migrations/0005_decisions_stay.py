"""What was said about a provider or a patch is append-only in the database too."""

from django.db import migrations

from lynnsupport.common.guards import append_only

TABLES = ("tickets_providerdealing", "tickets_patchplan")


def guards():
    for table in TABLES:
        yield from append_only(table)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0004_decisions")]
    operations = [*guards()]
