"""SQLite makes a table anew to change it, and its guards are lost with the old one (migrations 0004 and 0007)."""

from django.db import migrations

from lynnsupport.common.guards import unchanged

TABLES = ("tickets_ticketevent", "tickets_severityassessment")


class Migration(migrations.Migration):
    dependencies = [("tickets", "0008_kinds_of_other_parts")]
    operations = [unchanged(table, only="sqlite") for table in TABLES]
