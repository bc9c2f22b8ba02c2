"""The shipped policy and calendars, put into a test's database in milliseconds.

Reading them from their sources takes a good part of a second, and half of the suite stands on them. Each
process reads them once; every later test gets the same rows, inserted as they were.
"""

from functools import cache

from django.apps import apps
from django.core.management import call_command
from django.db import models, transaction

from sla.models import PolicyVersion

type Row = dict[str, object]

DRAFT = {"published_at": None, "effective_at": None, "digest": ""}


@transaction.atomic
def put_agreement() -> None:
    """What `manage.py load_policy` leaves in a database that held no policy before."""
    for model, rows in _shipped().items():
        # a published version takes no targets any more: it is published when they are there
        draft = DRAFT if model is PolicyVersion else {}
        model._base_manager.bulk_create(model(**row | draft) for row in rows)
    for row in _shipped()[PolicyVersion]:
        PolicyVersion.objects.filter(pk=row["id"]).update(**{name: row[name] for name in DRAFT})


@cache
def _shipped() -> dict[type[models.Model], list[Row]]:
    """Every row that loading makes, by model; the database is left as it was."""
    with transaction.atomic():
        call_command("load_policy", verbosity=0)
        rows = {model: _rows(model) for model in apps.get_app_config("sla").get_models()}
        transaction.set_rollback(True)
    return {model: found for model, found in rows.items() if found}


def _rows(model: type[models.Model]) -> list[Row]:
    stored = [field.attname for field in model._meta.concrete_fields if not field.generated]
    return list(model._base_manager.order_by("pk").values(*stored))
