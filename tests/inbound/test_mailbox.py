"""The support mailbox over IMAP, with a real server: nothing lost, nothing twice, whoever dies when."""

import json
import os
import subprocess
import sys
import threading

import pytest
from django.core.management import CommandError, call_command

from lynnsupport.common import clock
from tests.conftest import MUST_NOT_SKIP
from tickets.inbound import mailbox
from tickets.inbound.models import InboundMail, MailboxEntry
from tickets.inbound.tasks import poll_once
from tickets.models import Ticket

from .dovecot import PASSWORD, USER, dovecot_path, running
from .mails import mail

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not (dovecot_path() or MUST_NOT_SKIP), reason="needs Dovecot (apt-get install dovecot-imapd)"
    ),
]


@pytest.fixture
def box(settings):
    with running() as server:
        for name, value in server.settings.items():
            setattr(settings, name, value)
        yield server


def test_without_a_host_nothing_is_polled(settings):
    settings.IMAP_HOST = ""
    assert poll_once() == 0
    with pytest.raises(CommandError, match="IMAP_HOST"):
        call_command("watch_mailbox")


def test_mails_are_stored_as_they_lie_and_marked_afterwards(cast, box):
    raws = [mail(sender=cast.designated.email, subject=f"{cast.tenant.code} Uno").replace(b"\n", b"\r\n")]
    raws.append(b"no es un correo\r\n")
    box.deliver(*raws)
    assert poll_once() == 2
    assert [bytes(each.raw) for each in InboundMail.objects.defer(None).order_by("pk")] == raws
    assert (Ticket.objects.count(), MailboxEntry.objects.count()) == (1, 2)
    assert (box.found(f"KEYWORD {mailbox.STORED}"), box.found("SEEN")) == (2, 2)
    assert poll_once() == 0
    assert InboundMail.objects.filter(copies__gt=0).count() == 0


def test_what_a_person_has_read_is_taken_in_all_the_same(cast, box):
    box.deliver(mail(sender="nadie@example.org", subject="Hola"))
    with box.opened() as client:
        client.select("INBOX")
        client.store("1", "+FLAGS", "\\Seen")
    assert poll_once() == 1


def test_mails_are_moved_to_the_archive_where_there_is_one(box, settings):
    settings.IMAP_ARCHIVE = "Archivo"
    box.deliver(*(mail(sender="nadie@example.org", subject=f"Hola {n}") for n in range(3)))
    assert poll_once() == 3
    assert (box.found("ALL"), box.found("ALL", "Archivo")) == (0, 3)


def test_a_long_queue_is_taken_in_pieces(box):
    box.deliver(*(mail(sender="nadie@example.org", subject=f"Hola {n}") for n in range(3)))
    with mailbox.connected() as opened:
        assert mailbox.poll(opened, now=clock.now, limit=2) == mailbox.Fetched(stored=2, left=1)


def test_a_mail_is_taken_in_the_moment_it_arrives(box):
    later = threading.Timer(0.3, box.deliver, [mail(sender="nadie@example.org", subject="Ahora")])
    later.start()
    call_command("watch_mailbox", seconds=2)
    later.join()
    assert InboundMail.objects.get().subject == "Ahora"


@pytest.mark.parametrize("archive", ["", "Archivo"])
def test_twenty_kills_and_mailbox_tickets_and_quarantine_add_up(box, tmp_path, archive):
    environment = os.environ | {
        "PORTAL_VAR_DIR": str(tmp_path),
        "TEST_IMAP_PORT": str(box.port),
        "TEST_IMAP_USER": USER,
        "TEST_IMAP_PASSWORD": PASSWORD,
        "TEST_IMAP_ARCHIVE": archive,
    }
    run = subprocess.run(
        [sys.executable, "-m", "tests.inbound.process", "kills"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert json.loads(run.stdout.splitlines()[-1]) == {
        "died": 20,
        "stored": 40,
        "outcomes": {"new_ticket": 20, "quarantined": 14, "ignored": 6},
        "failed": 0,
        "copies": 0,
        "entries": 40,
        "tickets": 20,
        "messages": 20,
        "acknowledged": 1,
    }
    if archive:
        assert (box.found("ALL"), box.found("ALL", archive)) == (0, 40)
    else:
        assert (box.found("ALL"), box.found(f"KEYWORD {mailbox.STORED}")) == (40, 40)
