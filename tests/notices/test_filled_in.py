"""A notice's form filled in from what is known elsewhere: an incident, a maintenance window (NOT-1)."""

import re
from datetime import time
from html import unescape

import pytest
from django.test import Client

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import Tenant
from sla.models import MaintenanceAgreement
from tests.factories import ContactFactory, UserFactory
from tests.incidents.stories import begin
from tests.tickets.conftest import agreement, cast  # noqa: F401
from tests.tickets.stories import chile

NOW = chile("2026-11-23 10:00")


def signed_in(role) -> Client:
    client = Client()
    client.force_login(UserFactory(role=role))
    return client


def form_behind(client, path, words):
    """The form that the link with these words leads to."""
    page = client.get(path, headers={"accept-language": "es"}).content.decode()
    href = next(found for found in re.findall(r'href="([^"]*notices/notice/add/[^"]*)"', page))
    assert words in page
    return client.get(unescape(href)).context["form"]


@pytest.mark.rule("NOT-1")
def test_an_incident_fills_in_the_form_of_its_notice(cast):  # noqa: F811
    incident = begin(cast, now=NOW)
    form = form_behind(
        signed_in(Role.ENGINEER), f"/admin/incidents/incident/{incident.pk}/change/", "Avisarlo"
    )
    assert form["title_es"].value() == incident.title
    assert form["tenants"].value() == cast.tenant.code
    assert form["starts_at"].value() == "2026-11-23T10:00"
    assert form["kind"].value() == "incident"


@pytest.mark.rule("NOT-1", "SUP-5")
def test_a_maintenance_window_fills_in_the_form_of_its_notice(cast):  # noqa: F811
    tenant = Tenant.objects.get(pk=cast.tenant.pk)
    MaintenanceAgreement.objects.create(
        tenant=tenant, agreed_with=ContactFactory(partner=cast.partner), daily_start=time(3),
        effective_on=NOW.date(), agreed_at=NOW, recorded_by=cast.desk_lead, recorded_at=NOW,
    )  # fmt: skip
    form = form_behind(signed_in(Role.DESK_LEAD), "/admin/sla/maintenanceagreement/", "Anunciarlo")
    assert form["kind"].value() == "maintenance"
    assert form["to_tenants"].value() == tenant.code
    assert (form["starts_at"].value()[-5:], form["ends_at"].value()[-5:]) == ("03:00", "04:00")
    assert form["time_zone"].value() == tenant.time_zone


def test_whoever_writes_no_notices_is_not_offered_it(cast):  # noqa: F811
    incident = begin(cast, now=NOW)
    page = signed_in(Role.DESK).get(f"/admin/incidents/incident/{incident.pk}/change/").content.decode()
    assert "notices/notice/add/" not in page
