"""Policies, statements, what happened to claims, and the ledger stay as they are in the database too."""

from django.db import migrations

from lynnsupport.common.guards import append_only

TABLES = ("credits_creditpolicyversion", "credits_statement", "credits_claimevent", "credits_ledgerentry")


def guards():
    for table in TABLES:
        yield from append_only(table)


class Migration(migrations.Migration):
    dependencies = [("credits", "0001_initial")]
    operations = [*guards()]
