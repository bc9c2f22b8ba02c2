"""The outbox's tests know one more kind of mail, and may ask for a real mail server."""

from copy import deepcopy

import pytest

from .mail_server import MailServer
from .support import TEMPLATES


@pytest.fixture(autouse=True)
def _templates_of_the_invented_kind(settings):
    changed = deepcopy(settings.TEMPLATES)
    changed[0]["DIRS"] = [*changed[0]["DIRS"], TEMPLATES]
    settings.TEMPLATES = changed


@pytest.fixture
def server(settings):
    """A mail server that accepts everything until told otherwise; the portal sends to it."""
    with MailServer() as server:
        settings.MAILERS = server.settings
        yield server


@pytest.fixture
def rings(monkeypatch):
    """How often the worker was nudged: a list that grows by one at each nudge."""
    from lynnsupport.outbox import nudge

    heard: list[int] = []
    monkeypatch.setattr(nudge._bell, "ring", lambda: heard.append(1))
    return heard
