"""An empty embedded database made at once: tables as the models are now, instead of as they came to be.

Going through every migration renders the models hundreds of times: a third of the time to the first page.
A test compares both ways, column by column and guard by guard; whatever is not empty is migrated as usual.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder

from lynnsupport.common.guards import Guard

OURS = ("lynnsupport.", "tickets", "sla", "credits")


def prepare() -> None:
    """The database as all migrations would leave it, whatever it is like now."""
    if connection.introspection.table_names():
        call_command("migrate", verbosity=0, interactive=False)
        return
    loader = MigrationLoader(connection)
    with _no_migrations():
        call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    state = loader.project_state()
    for label, name in _in_order(loader):
        for operation in loader.disk_migrations[label, name].operations:
            if _goes_beyond_the_models(label, operation):
                with connection.schema_editor(atomic=True) as editor:
                    operation.database_forwards(label, editor, state, state)
        recorder.record_applied(label, name)


@contextmanager
def _no_migrations() -> Iterator[None]:
    """Django then makes the tables of an app from its models."""
    former = settings.MIGRATION_MODULES
    settings.MIGRATION_MODULES = {config.label: None for config in apps.get_app_configs()}
    try:
        yield
    finally:
        settings.MIGRATION_MODULES = former


def _in_order(loader: MigrationLoader) -> list[tuple[str, str]]:
    plan: dict[tuple[str, str], None] = {}
    for leaf in loader.graph.leaf_nodes():
        plan.update(dict.fromkeys(loader.graph.forwards_plan(leaf)))
    return list(plan)


def _goes_beyond_the_models(label: str, operation: Operation) -> bool:
    """Guards and statements of ours; what other packages did to rows concerns no empty database."""
    is_ours = apps.get_app_config(label).name.startswith(OURS)
    return is_ours and isinstance(operation, Guard | migrations.RunPython | migrations.RunSQL)
