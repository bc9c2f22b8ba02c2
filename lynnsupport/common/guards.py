"""Guards in the database: rows that stay as they are, whoever asks (bulk updates included)."""

from django.db import migrations

ALWAYS = "TRUE"


def guard(
    name: str, *, table: str, before: str, message: str, when: str = ALWAYS, only: str | None = None
) -> migrations.RunPython:
    """A migration operation: the database refuses `before` (INSERT, UPDATE, DELETE) on `table` where `when`.

    `when` is an SQL condition over OLD and NEW that SQLite and PostgreSQL both understand; all four texts
    come from code, never from people. `only` names the one database vendor that gets the guard.
    """

    def create(apps, schema_editor) -> None:
        if only not in (None, schema_editor.connection.vendor):
            return
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {before} ON {table} FOR EACH ROW "
                f"WHEN {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        elif schema_editor.connection.vendor == "postgresql":
            row = "OLD" if before == "DELETE" else "NEW"
            schema_editor.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF {when} THEN RAISE EXCEPTION '{message}' "
                f"USING ERRCODE = 'integrity_constraint_violation'; "
                f"END IF; RETURN {row}; END $$"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {before} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
            )

    def drop(apps, schema_editor) -> None:
        if only not in (None, schema_editor.connection.vendor):
            return
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER {name}")
        elif schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {name} ON {table}")
            schema_editor.execute(f"DROP FUNCTION {name}()")

    return migrations.RunPython(create, drop)
