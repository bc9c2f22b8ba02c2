"""The shipped policy and calendars, put into a test's database in milliseconds.

Reading them from their sources takes a good part of a second, and half of the suite stands on them. Each
process reads them once and keeps the statements that store the same rows; every later test repeats these.
"""

from functools import cache

from django.apps import apps
from django.core.management import call_command
from django.db import connection, models, transaction

from sla.models import PolicyVersion

type Row = dict[str, object]

DRAFT = {"published_at": None, "effective_at": None, "digest": ""}


@transaction.atomic
def put_agreement() -> None:
    """What `manage.py load_policy` leaves in a database that held no policy before."""
    with connection.cursor() as cursor:
        for sql, params in _statements():
            cursor.execute(sql, params)


@cache
def _statements() -> list[tuple[str, object]]:
    """What stores every row that loading makes, under the same keys; the database is left as it was."""
    asked: list[tuple[str, object]] = []

    def ask(execute, sql, params, *rest):
        asked.append((sql, params))
        return execute(sql, params, *rest)

    shipped = _shipped()
    with transaction.atomic(), connection.execute_wrapper(ask):
        for model, rows in shipped.items():
            # a published version takes no targets any more: it is published when they are there
            draft = DRAFT if model is PolicyVersion else {}
            model._base_manager.bulk_create(model(**row | draft) for row in rows)
        for row in shipped[PolicyVersion]:
            PolicyVersion.objects.filter(pk=row["id"]).update(**{name: row[name] for name in DRAFT})
        transaction.set_rollback(True)
    return asked


def _shipped() -> dict[type[models.Model], list[Row]]:
    with transaction.atomic():
        call_command("load_policy", verbosity=0)
        rows = {model: _rows(model) for model in apps.get_app_config("sla").get_models()}
        transaction.set_rollback(True)
    return {model: found for model, found in rows.items() if found}


def _rows(model: type[models.Model]) -> list[Row]:
    stored = [field.attname for field in model._meta.concrete_fields if not field.generated]
    return list(model._base_manager.order_by("pk").values(*stored))
