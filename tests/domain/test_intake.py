"""INT-2, INT-3, EXC-2 and the names of files: what comes in, made safe to work with."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynnsupport.common.references import find_ticket_number, ticket_number
from lynnsupport.common.search import fold
from tickets.domain.filenames import clean_name, ending_of
from tickets.domain.intake import ASKED_FOR, REQUIRED, Answers, is_marked_preview, missing_answers

BARE = Answers(
    tenant="T-1",
    subject="Sin respuesta",
    description="La instancia no responde",
    detected_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
    detected_zone="America/Santiago",
    impact_percent=Decimal(90),
)


@pytest.mark.rule("INT-2")
@pytest.mark.parametrize(
    ("year", "sequence", "number"),
    [(2026, 1, "LYN-2026-000001"), (2026, 123, "LYN-2026-000123"), (2027, 1234567, "LYN-2027-1234567")],
)
def test_a_number_is_short_and_sequential(year, sequence, number):
    assert ticket_number(year, sequence) == number


def test_a_sequence_starts_at_one():
    with pytest.raises(ValueError, match="starts at 1"):
        ticket_number(2026, 0)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("RE: [lyn-2026-000123] sin respuesta", "LYN-2026-000123"),
        ("LYN-2026-000001 y LYN-2026-000002", "LYN-2026-000001"),
        ("LYN-2026-00012", None),
        ("XLYN-2026-000123", None),
        ("LYN-2026-000000", None),
        ("", None),
    ],
)
def test_a_number_is_found_in_text(text, number):
    assert find_ticket_number(text) == number


@pytest.mark.rule("INT-3")
def test_what_was_not_said_is_listed_in_its_order():
    assert missing_answers(BARE, has_evidence=False) == ASKED_FOR
    unsaid = replace(BARE, detected_at=None, impact_percent=None)
    assert missing_answers(unsaid, has_evidence=False) == (*REQUIRED, *ASKED_FOR)


@pytest.mark.rule("INT-3")
def test_a_workaround_that_does_not_exist_is_an_answer():
    answered = Answers(**{**BARE.__dict__, "has_workaround": False, "products": "Lynn Chat"})
    missing = missing_answers(answered, has_evidence=True)
    assert missing == tuple(n for n in ASKED_FOR if n not in {"has_workaround", "products", "evidence"})


@pytest.mark.rule("EXC-2")
@pytest.mark.parametrize(
    ("subject", "is_preview"),
    [
        ("[Funcionalidad en Preview] - El bot calla", True),
        ("  [FUNCIONALIDAD EN PREVIEW]El bot calla", True),
        ("[ Funcionalidad  en  preview ] El bot calla", True),
        ("[Funcionalídad en Préview] El bot calla", True),
        ("Funcionalidad en Preview", False),
        ("El bot calla [Funcionalidad en Preview]", False),
        ("RE: [Funcionalidad en Preview]", False),
    ],
)
def test_a_subject_marks_a_preview_feature(subject, is_preview):
    assert is_marked_preview(subject) is is_preview


@pytest.mark.parametrize(
    ("text", "folded"),
    [("CAÍDA en  ÑUÑOA", "caida en nunoa"), ("Straße", "strasse"), ("ﬁn", "fin"), (" \t ", "")],
)
def test_search_compares_without_accents_and_capitals(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("captura.png", "captura.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\log.txt", "log.txt"),
        ("\u200b.htaccess", "htaccess"),
        ("foto\u202egnp.exe", "fotognp.exe"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"),
        ("nulo\0.txt", "nulo.txt"),
        ("fin. . .", "fin"),
        ("...", "file"),
        ("", "file"),
        ("x" * 300 + ".log", "x" * 116 + ".log"),
    ],
)
def test_a_file_name_is_cleaned(name, cleaned):
    assert clean_name(name) == cleaned


@given(st.text(max_size=400))
def test_cleaning_twice_equals_cleaning_once(name):
    once = clean_name(name)
    assert clean_name(once) == once
    assert 0 < len(once) <= 120
    assert "/" not in once


@pytest.mark.parametrize(("name", "ending"), [("a.PNG", "png"), ("a.tar.gz", "gz"), ("readme", "")])
def test_the_ending_of_a_name(name, ending):
    assert ending_of(name) == ending
