"""INT-7: how alike two subjects are, by a measure that every database shares."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.domain.similarity import ALIKE, likeness, pieces, telling_words

pytestmark = pytest.mark.rule("INT-7")
texts = st.text(alphabet="abcñáé 12-", max_size=30)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("El bot no responde", "Bot que NO RESPONDE"),
        ("Las transcripciones llegan mal", "Transcripciones cortadas en WhatsApp"),
        ("Caída del conector en Ñuñoa", "conector caido, nunoa"),
        ("No carga el reporte mensual", "Reportes mensuales no cargan"),
        ("Error 504 al iniciar sesión", "Error 504 en inicio de sesiones"),
    ],
)
def test_subjects_about_the_same_are_alike(one, other):
    assert likeness(one, other) >= ALIKE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("El bot no responde", "No se pueden exportar los reportes"),
        ("Transcripciones cortadas en WhatsApp", "Otra cosa"),
        ("Error en la integración con Teams", "Usuarios no reciben correos"),
        ("de la en el", "de la en el"),
        ("", "Bot caído"),
    ],
)
def test_subjects_about_something_else_are_not(one, other):
    assert likeness(one, other) < ALIKE


def test_pieces_are_those_of_pg_trgm():
    assert pieces("cat") == {"  c", " ca", "cat", "at "}
    assert likeness("word", "two words") == Fraction(4, 11)


def test_what_says_nothing_does_not_count():
    assert telling_words("¡El BOT de Lynn no está, CAÍDO!") == "bot caido"


@given(one=texts, other=texts)
def test_likeness_is_symmetric_between_nothing_and_the_same(one, other):
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, one) == (1 if telling_words(one) else 0)
