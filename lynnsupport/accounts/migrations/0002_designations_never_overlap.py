"""Two designations of one person for one customer never share a day (CON-1).

PostgreSQL keeps two clerks from designating at once; ranges of one number stand for equality, so that no
extension is needed. SQLite has one writer at a time, so the check in `Designation.clean` suffices there.
"""

from django.db import migrations

EXCLUDE = """
ALTER TABLE accounts_designation ADD CONSTRAINT designations_never_overlap EXCLUDE USING gist (
    int8range(customer_id, customer_id, '[]') WITH &&,
    int8range(contact_id, contact_id, '[]') WITH &&,
    daterange(starts_on, last_day_on, '[]') WITH &&
)
"""
FORGET = "ALTER TABLE accounts_designation DROP CONSTRAINT designations_never_overlap"


def exclude_overlaps(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(EXCLUDE)


def allow_overlaps(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FORGET)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(exclude_overlaps, allow_overlaps)]
