"""Policies, statements, what happened to claims, and the ledger stay as they are in the database too."""

from django.db import migrations

from lynnsupport.common.guards import guard

TABLES = ("credits_creditpolicyversion", "credits_statement", "credits_claimevent", "credits_ledgerentry")


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
    dependencies = [("credits", "0001_initial")]
    operations = [*guards()]
