from django.core.management import call_command
from django.db import migrations


def create_table(apps, schema_editor):
    """Where CACHES names the database; elsewhere it does nothing."""
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    """The cache that web's processes share (it counts failed logins) needs no step of its own."""

    dependencies = [("portal", "0001_initial")]

    operations = [migrations.RunPython(create_table, migrations.RunPython.noop)]
