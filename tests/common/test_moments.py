"""Instants as people read them."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone as django_timezone
from django.utils import translation
from django.utils.translation import gettext

from lynnsupport.common.moments import describe_instant, zone_name

AT = datetime(2026, 11, 26, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "language", "written"),
    [
        ("America/Santiago", "es", "jue 26 nov, 17:30 (Chile)"),
        ("America/Santiago", "en", "Thu 26 Nov, 17:30 (Chile)"),
        ("America/Lima", "en", "Thu 26 Nov, 15:30 (Peru)"),
        ("America/Guayaquil", "es", "jue 26 nov, 15:30 (Ecuador)"),
        ("America/Mexico_City", "en", "Thu 26 Nov, 14:30 (Mexico)"),
        ("America/Bogota", "es", "jue 26 nov, 15:30 (Colombia)"),
        ("America/Sao_Paulo", "en", "Thu 26 Nov, 17:30 (Brazil)"),
        ("Europe/Madrid", "en", "Thu 26 Nov, 21:30 (Spain)"),
        ("America/Punta_Arenas", "es", "jue 26 nov, 17:30 (Punta Arenas)"),
        ("America/Argentina/Buenos_Aires", "es", "jue 26 nov, 17:30 (Buenos Aires)"),
        ("Asia/Tokyo", "es", "vie 27 nov, 05:30 (Tokyo)"),
        ("UTC", "en", "Thu 26 Nov, 20:30 (UTC)"),
    ],
)
def test_describe_instant(zone, language, written):
    assert describe_instant(AT, ZoneInfo(zone), language) == written


def test_describe_instant_without_a_language_uses_the_readers():
    with translation.override("en"):
        assert describe_instant(AT, ZoneInfo("America/Santiago")) == "Thu 26 Nov, 17:30 (Chile)"
    with translation.override("es"):
        assert describe_instant(AT, ZoneInfo("America/Santiago")) == "jue 26 nov, 17:30 (Chile)"


def test_zone_name_is_translated():
    with translation.override("es"):
        assert zone_name(ZoneInfo("America/Lima")) == gettext("Peru")


def test_zone_name_of_a_bare_offset():
    assert zone_name(timezone(timedelta(hours=-3))) == "UTC-03:00"


def test_describe_instant_refuses_a_naive_one():
    with pytest.raises(ValueError, match="has no time zone"):
        describe_instant(datetime(2026, 11, 26, 20, 30), ZoneInfo("America/Lima"))


def _rendered(source: str, **context) -> str:
    with translation.override("es"), django_timezone.override(ZoneInfo("America/Santiago")):
        return Template("{% load moments %}" + source).render(Context(context))


def test_when_prints_in_the_current_zone():
    assert _rendered("{{ at|when }}", at=AT) == "jue 26 nov, 17:30 (Chile)"
    assert _rendered("{{ at|when }}", at=AT.astimezone(ZoneInfo("Asia/Tokyo"))) == "jue 26 nov, 17:30 (Chile)"


def test_when_prints_nothing_for_nothing():
    assert (_rendered("{{ at|when }}", at=None), _rendered("{{ at|when }}")) == ("", "")


def test_instant_reads_what_a_mails_context_holds():
    assert _rendered("{{ at|instant|when }}", at="2026-11-26T20:30:00+00:00") == "jue 26 nov, 17:30 (Chile)"
    assert _rendered("{{ at|instant|when }}", at="2026-11-26T17:30:00-03:00") == "jue 26 nov, 17:30 (Chile)"


@pytest.mark.parametrize("at", ["", None, "mañana", "2026-11-26T20:30:00", 5])
def test_instant_refuses_what_is_none(at):
    with pytest.raises(ValueError, match=r"instant|time zone|isoformat"):
        _rendered("{{ at|instant|when }}", at=at)
