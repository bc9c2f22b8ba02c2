"""The Celery application: a bell that wakes work the database already holds."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lynnsupport.settings.embedded")

app = Celery("lynnsupport")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
