"""The search of the list and similar tickets, equal on SQLite and PostgreSQL (INT-7)."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.tickets.stories import chile, make_cast, raise_ticket
from tickets import trigrams
from tickets.domain.similarity import likeness, telling_words
from tickets.models import Ticket
from tickets.operations import close_ticket
from tickets.queries import search, similar_of_customer, similar_open

NOW = chile("2026-11-23 10:00")


@pytest.fixture
def subjects(cast) -> dict[str, Ticket]:
    said = ["Caída del bot en Ñuñoa", "El bot está caído", "Reportes vacíos", "Transcripciones cortadas"]
    return {subject: raise_ticket(cast, NOW, subject=subject, description="…") for subject in said}


@pytest.mark.rule("INT-7")
def test_the_most_alike_come_first_and_the_others_not_at_all(cast, subjects):
    found = [ticket.subject for ticket in similar_open(cast.tenant, "Bot caído")]
    assert found == ["El bot está caído", "Caída del bot en Ñuñoa"]


@pytest.mark.rule("INT-7")
def test_closed_and_foreign_tickets_are_not_shown(cast, subjects):
    other = make_cast(at=NOW)
    raise_ticket(other, NOW, subject="El bot está caído")
    closed = subjects["El bot está caído"]
    close_ticket(closed, by=cast.engineer, reason="not_covered", words="No", now=NOW)
    assert [t.subject for t in similar_open(cast.tenant, "Bot caído")] == ["Caída del bot en Ñuñoa"]


@pytest.mark.rule("INT-6")
def test_a_ticket_is_no_duplicate_of_itself(cast, subjects):
    ticket = subjects["El bot está caído"]
    assert similar_of_customer(ticket) == [subjects["Caída del bot en Ñuñoa"]]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("nunoa", ["Caída del bot en Ñuñoa"]),
        ("CAÍDO", ["El bot está caído"]),
        ("anscripc", ["Transcripciones cortadas"]),
        ("bot caid", ["Caída del bot en Ñuñoa", "El bot está caído"]),
        ("100%", []),
    ],
)
def test_the_search_finds_parts_of_words_whatever_their_accents(subjects, words, found):
    assert [t.subject for t in search(Ticket.objects.order_by("pk"), words)] == found


@pytest.mark.skipif(connection.vendor != "postgresql", reason="is about PostgreSQL")
@pytest.mark.parametrize(
    ("one", "other"), [("bot caido", "caida bot nunoa"), ("error 504", "errores 50"), ("a1-b2", "a1 b2")]
)
def test_our_measure_is_that_of_pg_trgm(db, one, other):
    with connection.cursor() as cursor:
        cursor.execute("SELECT similarity(%s, %s)", [telling_words(one), telling_words(other)])
        assert cursor.fetchone()[0] == pytest.approx(float(likeness(one, other)))


@pytest.mark.skipif(connection.vendor != "postgresql", reason="is about PostgreSQL")
def test_a_role_that_may_not_create_the_extension_still_migrates(db):
    """And finds the same tickets; the command says what is lacking."""
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm CASCADE")
        cursor.execute("CREATE ROLE plain_owner")
        cursor.execute("SET LOCAL ROLE plain_owner")
        assert trigrams.create_index(connection) is False
        with pytest.raises(CommandError):
            call_command("search_index")
        cursor.execute("RESET ROLE")
    call_command("search_index", verbosity=0)
    trigrams.drop_index(connection)
    assert trigrams.create_index(connection) is True


@pytest.mark.skipif(connection.vendor == "postgresql", reason="is about other databases")
def test_another_database_needs_no_index(db):
    with pytest.raises(CommandError):
        call_command("search_index")
