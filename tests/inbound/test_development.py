"""The embedded portal's own mailbox: shown where mails go to files, and nowhere else."""

import pytest
from django.core import mail as outgoing
from django.core.mail import EmailMultiAlternatives

from tests.tickets.pages import text_of

pytestmark = pytest.mark.django_db
LIST = "/correo-de-prueba/"


@pytest.fixture
def embedded(settings, tmp_path):
    settings.DEBUG = True
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": tmp_path / "mail"},
        }
    }


def send(subject: str) -> None:
    letter = EmailMultiAlternatives(subject, "Siga http://localhost:8000/x", "a@lynn.cx", ["b@example.com"])
    letter.attach_alternative(
        "<p>Hola <script>alert(1)</script><a href='http://x.example'>x</a></p>", "text/html"
    )
    outgoing.mailers["default"].send_messages([letter])


def test_it_does_not_exist_outside_the_embedded_portal(client, settings, embedded):
    settings.DEBUG = False
    assert client.get(LIST).status_code == 404
    settings.DEBUG = True
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    assert client.get(LIST).status_code == 404


def test_what_was_sent_is_listed_and_shown_safely(client, embedded):
    assert client.get(LIST).status_code == 200
    send("Clave nueva")
    page = client.get(LIST)
    assert [each.letter.head.subject for each in page.context["mails"]] == ["Clave nueva"]
    [one] = page.context["mails"]
    shown = client.get(f"{LIST}{one.file}/{one.number}/")
    assert "http://localhost:8000/x" in text_of(shown)
    html = client.get(f"{LIST}{one.file}/{one.number}/html/")
    assert "Hola" in html.content.decode()
    assert "alert" not in html.content.decode()
    assert html.headers["Content-Security-Policy"].startswith("sandbox")


@pytest.mark.parametrize("address", ["nada.log/0/", "..%2F..%2Fportal.sqlite3/0/", "nada.log/0/html/"])
def test_no_other_file_is_read(client, embedded, address):
    send("Hola")
    assert client.get(f"{LIST}{address}").status_code == 404
