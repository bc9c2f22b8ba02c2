"""Evidence on its way out: asked for afresh each time, and nothing a browser would run."""

import uuid

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from lynnsupport.accounts.models import Contact
from tests.factories import CustomerFactory
from tickets.evidence import Upload
from tickets.models import Attachment
from tickets.operations import answer_customer

from .pages import content_of, signed_in
from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")
HTML = b"<!doctype html><script>document.title='run'</script>"


@pytest.fixture
def ticket(cast, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return raise_ticket(cast, NOW)


def sent(ticket, cast, name: str, content: bytes = HTML) -> str:
    """The address of a file on a message of support."""
    upload = Upload(name, ContentFile(content, name=name))
    answer_customer(ticket, by=cast.engineer, body="Vea", now=NOW, evidence=[upload])
    return reverse("tickets:attachment", args=[ticket.number, Attachment.objects.latest("id").public_id])


def fetch(client: Client, path: str):
    response = client.get(path)
    return response, content_of(response)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pagina.html", HTML),
        ("pagina.xhtml", HTML),
        ("dibujo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("datos.xml", b"<?xml version='1.0'?><x/>"),
        ("archivo.mht", b"MIME-Version: 1.0\r\n"),
        ("guion.pdf", b"%PDF-1.7 /JS (app.alert(1))"),
        ("sin-terminacion", HTML),
        ("miente.png", HTML),
        ("foto.png", b"\x89PNG\r\n\x1a\n"),
    ],
)
def test_whatever_it_is_it_is_saved_and_never_shown(cast, ticket, name, content):
    response, served = fetch(signed_in(cast.designated.user), sent(ticket, cast, name, content))
    assert served == content
    headers = {
        header: response.headers[header]
        for header in (
            "Content-Type",
            "X-Content-Type-Options",
            "Content-Security-Policy",
            "Cache-Control",
            "Content-Disposition",
        )
    }
    assert headers == {
        "Content-Type": "application/octet-stream",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
    }


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("a\r\nSet-Cookie: x=1.log", 'attachment; filename="aSet-Cookie: x=1.log"'),
        ("factura\u202egpj.exe", 'attachment; filename="facturagpj.exe"'),
        ("\u200b.htaccess", 'attachment; filename="htaccess"'),
        ("señal.log", "attachment; filename*=utf-8''se%C3%B1al.log"),
        ("nulo\0.log", 'attachment; filename="nulo.log"'),
    ],
)
def test_a_name_does_no_harm_on_its_way_out(cast, ticket, name, offered):
    path = sent(ticket, cast, "x.log")
    Attachment.objects.update(name=name.replace("\0", ""))  # as if it had come in uncleaned
    response, _content = fetch(signed_in(cast.designated.user), path)
    assert response.headers["Content-Disposition"] == offered


def test_each_download_asks_again_who_may(cast, ticket):
    path = sent(ticket, cast, "x.log")
    client = signed_in(cast.designated.user)
    assert fetch(client, path)[0].status_code == 200
    Contact.objects.filter(pk=cast.designated.pk).update(customer=CustomerFactory(partner=cast.partner))
    assert fetch(client, path)[0].status_code == 404


def test_a_file_is_found_under_its_own_ticket_only(cast, ticket):
    path = sent(ticket, cast, "x.log")
    other = raise_ticket(cast, NOW)
    client = signed_in(cast.designated.user)
    assert fetch(client, path.replace(ticket.number, other.number))[0].status_code == 404


def test_ids_cannot_be_guessed_and_stored_names_lead_nowhere(cast, ticket):
    sent(ticket, cast, "x.log")
    attachment = Attachment.objects.get()
    assert attachment.public_id.version == 4
    for path in (
        f"/{attachment.file.name}",
        f"/media/{attachment.file.name}",
        f"/static/{attachment.file.name}",
    ):
        try:
            resolve(path)
        except Resolver404:
            continue
        assert signed_in(cast.designated.user).get(path).status_code == 404


def test_strangers_get_nothing(cast, ticket):
    path = sent(ticket, cast, "x.log")
    response, content = fetch(Client(), path)
    assert (response.status_code, HTML in content) == (302, False)


def test_a_file_that_is_gone_is_absent(cast, ticket, caplog):
    path = sent(ticket, cast, "x.log")
    attachment = Attachment.objects.get()
    attachment.file.storage.delete(attachment.file.name)
    assert fetch(signed_in(cast.designated.user), path)[0].status_code == 404
    assert str(attachment.public_id) in caplog.text


def test_a_file_that_never_was_is_absent(cast, ticket):
    path = reverse("tickets:attachment", args=[ticket.number, uuid.uuid4()])
    assert fetch(signed_in(cast.designated.user), path)[0].status_code == 404
