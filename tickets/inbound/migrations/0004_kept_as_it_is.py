"""PostgreSQL keeps the bytes of mails as they are: what a mail carries is packed already, and trying to pack it
again took longer than storing it."""

from django.db import migrations

COLUMN = "ALTER TABLE inbound_inboundmail ALTER COLUMN raw SET STORAGE"


def _store_as(storage: str):
    def store(_apps, schema_editor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"{COLUMN} {storage}")

    return store


class Migration(migrations.Migration):
    dependencies = [("inbound", "0003_answered_so_often")]
    operations = [migrations.RunPython(_store_as("EXTERNAL"), _store_as("EXTENDED"))]
