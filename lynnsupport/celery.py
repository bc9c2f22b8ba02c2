"""The Celery application: a bell that wakes work the database already holds."""

import gc
import os
from logging.config import dictConfig

from celery import Celery
from celery.signals import setup_logging, worker_process_init
from django_structlog.celery.steps import DjangoStructLogInitStep

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
def _keep_what_is_loaded(**_kwargs) -> None:
    """What is loaded by now stays for good: the collector need not look through it with every sweep."""
    gc.collect()
    gc.freeze()
