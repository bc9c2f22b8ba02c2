"""What people write in the fields, and what is made of it."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from django.utils.datastructures import MultiValueDict

from lynnsupport.accounts.access import tenants_visible_to
from tests.factories import ContactFactory, TenantFactory
from tickets.domain.intake import ASKED_FOR, Answers, Priority
from tickets.fields import PercentField, SubmissionKeyField, WallTimeField
from tickets.forms import FILES_AGAIN, ReplyForm, TicketForm, typed_answers

from .pages import filled
from .stories import chile

NOW = chile("2026-11-23 10:00")


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def contact(db):
    contact = ContactFactory()
    TenantFactory(customer__partner=contact.partner)
    return contact


def form_of(contact, data=None, *, now=NOW, files=None, **options) -> TicketForm:
    tenants = tenants_visible_to(contact.user)
    return TicketForm(data, files, tenants=tenants, reader=contact.user, now=now, **options)


def tenant_of(contact):
    return tenants_visible_to(contact.user).get()


# ---------- fields ----------


@pytest.mark.rule("INT-3")
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("0", "0"),
        ("100", "100"),
        ("12,5", "12.5"),
        ("12.5", "12.5"),
        (" 80,01 % ", "80.01"),
        ("99.99", "99.99"),
    ],
)
def test_a_percentage_takes_comma_or_point(written, meant):
    assert PercentField().clean(written) == Decimal(meant)


@pytest.mark.parametrize(
    "written", ["-1", "100.01", "101", "1.234", "1,234", "1.000,5", "abc", "NaN", "Infinity", "5%%", "1e9"]
)
def test_what_is_no_percentage_is_refused(written):
    with pytest.raises(ValidationError):
        PercentField().clean(written)


@pytest.mark.parametrize(
    "written",
    ["2026-11-26T17:30", "2026-11-26 17:30", "26-11-2026 17:30", "26/11/2026  17:30", "2026-11-26T17:30:00"],
)
def test_a_wall_time_is_read_as_browsers_and_people_write_it(written):
    assert WallTimeField().clean(written) == datetime(2026, 11, 26, 17, 30)


@pytest.mark.parametrize(
    "written", ["ayer", "2026-13-01T10:00", "0202-11-26T17:30", "9999-11-26T17:30", "17:30"]
)
def test_what_is_no_wall_time_is_refused(written):
    with pytest.raises(ValidationError):
        WallTimeField().clean(written)


def test_a_key_that_cannot_be_read_is_replaced():
    key = SubmissionKeyField().clean("not a key")
    assert isinstance(key, UUID)
    assert SubmissionKeyField().clean(str(key)) == key
    assert SubmissionKeyField().clean("") != SubmissionKeyField().clean("")


# ---------- a new ticket ----------


def test_a_filled_form_becomes_answers(contact):
    tenant = tenant_of(contact)
    form = form_of(
        contact, filled(tenant, at=NOW, impact_percent="35,5", has_workaround="yes", priority="high")
    )
    assert form.errors == {}
    assert form.answers() == Answers(
        tenant=tenant.code,
        subject="El bot no responde",
        description="Desde esta mañana el bot no contesta en ningún canal.",
        detected_at=NOW.astimezone(UTC),
        detected_zone="America/Santiago",
        impact_percent=Decimal("35.5"),
        has_workaround=True,
        priority=Priority.HIGH,
    )


def test_only_what_begins_a_ticket_is_required(contact):
    assert set(form_of(contact, {}).errors) == {
        "tenant",
        "subject",
        "description",
        "detected_local",
        "detected_zone",
        "impact_percent",
    }


@pytest.mark.rule("INT-3")
def test_everything_that_is_asked_for_has_a_field():
    fields = set(TicketForm.base_fields) | {"evidence"}
    assert set(ASKED_FOR) - fields == set()


def test_a_lone_tenant_and_the_readers_zone_are_chosen_already(contact):
    contact.user.time_zone = "America/Lima"
    form = form_of(contact)
    assert form.fields["tenant"].initial == tenant_of(contact).pk
    assert form.fields["detected_zone"].initial == "America/Lima"


@pytest.mark.parametrize(
    ("shown", "zone", "occurrence", "errors"),
    [
        ("2026-11-23T09:59", "America/Santiago", "", []),
        ("2026-11-23T10:01", "America/Santiago", "", ["detected_local"]),  # in the future
        ("2026-11-23T10:01", "America/Lima", "", ["detected_local"]),  # 12:01 in Chile
        ("2026-11-23T08:00", "America/Lima", "", []),
        ("2026-09-06T00:30", "America/Santiago", "", ["detected_local"]),  # skipped that night
        ("2026-04-04T23:30", "America/Santiago", "", ["detected_occurrence"]),  # twice that night
        ("2026-04-04T23:30", "America/Santiago", "3", ["detected_occurrence"]),
        ("2026-04-04T23:30", "America/Santiago", "1", []),
        ("2026-04-04T23:30", "America/Lima", "", []),
        ("2026-11-23T09:00", "Mars/Olympus", "", ["detected_zone"]),
    ],
)
@pytest.mark.rule("INT-3")
def test_a_detection_time_is_asked_for_rather_than_guessed(contact, shown, zone, occurrence, errors):
    data = filled(
        tenant_of(contact),
        at=NOW,
        detected_local=shown,
        detected_zone=zone,
        detected_occurrence=occurrence,
    )
    assert list(form_of(contact, data).errors) == errors


@pytest.mark.rule("INT-3")
@pytest.mark.parametrize(("occurrence", "hour"), [("1", 2), ("2", 3)])
def test_the_time_that_came_twice_is_the_one_that_was_chosen(contact, occurrence, hour):
    data = filled(
        tenant_of(contact), at=NOW, detected_local="2026-04-04T23:30", detected_occurrence=occurrence
    )
    form = form_of(contact, data)
    assert form.is_valid()
    assert form.answers().detected_at == datetime(2026, 4, 5, hour, 30, tzinfo=UTC)


def test_the_question_which_of_the_two_stands_only_where_it_matters(contact):
    tenant = tenant_of(contact)
    ordinary = form_of(contact, filled(tenant, at=NOW))
    twice = form_of(contact, filled(tenant, at=NOW, detected_local="2026-04-04T23:30"))
    assert (ordinary.asks_which_occurrence, twice.asks_which_occurrence) == (False, True)


def test_files_have_to_be_chosen_again_where_the_form_comes_back(contact):
    files = MultiValueDict({"files": [SimpleUploadedFile("registro.log", b"una linea")]})
    tenant = tenant_of(contact)
    assert "files" not in form_of(contact, filled(tenant, at=NOW), files=files).errors
    wrong = form_of(contact, filled(tenant, at=NOW, subject=""), files=files)
    assert wrong.errors["files"] == [FILES_AGAIN]


@pytest.mark.parametrize("name", ["virus.exe", "pagina.html", "dibujo.svg", "vacio.log"])
def test_a_file_that_cannot_be_taken_is_named(contact, name):
    content = b"" if name == "vacio.log" else b"x"
    files = MultiValueDict({"files": [SimpleUploadedFile(name, content)]})
    errors = form_of(contact, filled(tenant_of(contact), at=NOW), files=files).errors["files"]
    assert f"«{name}»" in errors[0]


def test_a_draft_keeps_text_but_no_files_and_no_key(contact):
    typed = typed_answers(TicketForm, filled(tenant_of(contact), at=NOW) | {"files": "x", "stranger": "y"})
    assert {"files", "submission_key", "stranger"} & typed.keys() == set()
    assert typed["subject"] == "El bot no responde"


# ---------- a message ----------


@pytest.mark.parametrize(
    ("body", "errors"), [("Hola", {}), ("  ", {"body": ["Write a text or attach a file."]})]
)
def test_a_message_needs_a_text(body, errors):
    assert ReplyForm({"body": body}).errors == errors


def test_a_message_may_be_a_file_alone():
    files = MultiValueDict({"files": [SimpleUploadedFile("registro.log", b"una linea")]})
    assert ReplyForm({"body": ""}, files).errors == {}


def test_what_a_ticket_holds_already_counts(settings):
    settings.ATTACHMENTS_PER_TICKET_BYTES = 100
    files = MultiValueDict({"files": [SimpleUploadedFile("registro.log", b"x" * 60)]})
    assert ReplyForm({"body": ""}, files, already_stored=40).errors == {}
    assert list(ReplyForm({"body": ""}, files, already_stored=41).errors) == ["files"]
