"""Settings of the processes that the tests of telling start and kill: the outbox's, and notices."""

from tests.outbox.process_settings import *  # noqa: F403
from tests.outbox.process_settings import INSTALLED_APPS

INSTALLED_APPS = ["lynnsupport.notices.apps.NoticesConfig", *INSTALLED_APPS]
ROOT_URLCONF = "tests.notices.process_urls"
