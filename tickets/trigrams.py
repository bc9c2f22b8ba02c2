"""PostgreSQL's index for searching in the middle of words, where the database allows it.

Without it every search gives the same tickets, only more slowly: a role that may not create the extension
still migrates. `manage.py search_index` creates it later, once an administrator of the database has run
`CREATE EXTENSION pg_trgm`.
"""

from functools import cache

from django.db import DatabaseError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

INDEX = "ticket_search_trigrams"


def create_index(database: BaseDatabaseWrapper) -> bool:
    """Whether the index is there afterwards; False on another database or without the extension."""
    if database.vendor != "postgresql":
        return False
    try:
        # pg_trgm is a trusted extension: whoever may create in the database may create it
        with transaction.atomic(using=database.alias), database.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError:
        return False
    with database.cursor() as cursor:
        cursor.execute(
            f"CREATE INDEX IF NOT EXISTS {INDEX} ON tickets_ticket USING gin (search_text gin_trgm_ops)"
        )
    return True


def drop_index(database: BaseDatabaseWrapper) -> None:
    if database.vendor == "postgresql":
        with database.cursor() as cursor:
            cursor.execute(f"DROP INDEX IF EXISTS {INDEX}")


@cache
def has_trigrams() -> bool:
    """Whether the database measures likeness itself. Asked once in each process."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        return cursor.fetchone() is not None
