"""The Celery application: a bell that wakes work the database already holds."""

import os
from logging.config import dictConfig

from celery import Celery
from celery.signals import setup_logging, worker_process_init
from django_structlog.celery.steps import DjangoStructLogInitStep

from lynnsupport.common.memory import keep_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lynnsupport.settings.embedded")

app = Celery("lynnsupport")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


@setup_logging.connect
def _log_as_the_web_does(**_kwargs) -> None:
    from django.conf import settings

    dictConfig(settings.LOGGING)


@worker_process_init.connect
def _settle_down(**_kwargs) -> None:
    keep_what_is_loaded()
