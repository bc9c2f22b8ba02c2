"""Guards in the database: rows that stay as they are, whoever asks (bulk updates included)."""

from dataclasses import dataclass

from django.db.migrations.operations.base import Operation

ALWAYS = "TRUE"


def guard(
    name: str, *, table: str, before: str, message: str, when: str = ALWAYS, only: str | None = None
) -> "Guard":
    """A migration operation: the database refuses `before` (INSERT, UPDATE, DELETE) on `table` where `when`.

    `when` is an SQL condition over OLD and NEW that SQLite and PostgreSQL both understand; all four texts
    come from code, never from people. `only` names the one database vendor that gets the guard.
    """
    return Guard(name, table, before, message, when, only)


def append_only(table: str) -> list["Guard"]:
    """Its rows are written once. SQLite's test suite empties tables by DELETE, so there the models alone
    refuse that."""
    undeleted = guard(
        f"{table}_undeleted",
        table=table,
        before="DELETE",
        message=f"{table} is append-only: no deletion",
        only="postgresql",
    )
    return [unchanged(table), undeleted]


def unchanged(table: str, *, only: str | None = None) -> "Guard":
    """Its rows are not changed. Told again, `only` to SQLite, after a migration that made it make the table
    anew: the guards are lost with the old one."""
    message = f"{table} is append-only: no change"
    return guard(f"{table}_unchanged", table=table, before="UPDATE", message=message, only=only)


@dataclass(eq=False)
class Guard(Operation):
    """Asks nothing of the models' state: unlike RunPython it does not make Django render all of them anew."""

    name: str
    table: str
    before: str
    message: str
    when: str = ALWAYS
    only: str | None = None

    reduces_to_sql = True
    reversible = True

    def state_forwards(self, app_label, state) -> None:
        """No model changes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        vendor = schema_editor.connection.vendor
        if self.only not in (None, vendor):
            return
        if vendor == "sqlite":
            # a guard told again after its table was made anew (SQLite does that to change one) stands once
            schema_editor.execute(
                f"CREATE TRIGGER IF NOT EXISTS {self.name} BEFORE {self.before} ON {self.table} FOR EACH ROW "
                f"WHEN {self.when} BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
            )
        elif vendor == "postgresql":
            row = "OLD" if self.before == "DELETE" else "NEW"
            schema_editor.execute(
                f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF {self.when} THEN RAISE EXCEPTION '{self.message}' "
                f"USING ERRCODE = 'integrity_constraint_violation'; "
                f"END IF; RETURN {row}; END $$"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {self.name} BEFORE {self.before} ON {self.table} FOR EACH ROW "
                f"EXECUTE FUNCTION {self.name}()"
            )

    def database_backwards(self, app_label, schema_editor, from_state, to_state) -> None:
        vendor = schema_editor.connection.vendor
        if self.only not in (None, vendor):
            return
        if vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER {self.name}")
        elif vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {self.name} ON {self.table}")
            schema_editor.execute(f"DROP FUNCTION {self.name}()")

    def describe(self) -> str:
        return f"Guard {self.table} against {self.before}"

    @property
    def migration_name_fragment(self) -> str:
        return self.name
