from django.db import migrations

from tickets.trigrams import create_index, drop_index


def create(apps, schema_editor) -> None:
    create_index(schema_editor.connection)


def drop(apps, schema_editor) -> None:
    drop_index(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0010_closing_check")]
    operations = [migrations.RunPython(create, drop)]
