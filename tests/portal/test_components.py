"""The pieces that pages are built of: each state renders, each unknown argument is refused."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.paginator import Paginator
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.utils import timezone, translation

from lynnsupport.common.refusal import Refused
from lynnsupport.common.templatetags import components
from lynnsupport.portal.context import dial

AT = datetime(2026, 11, 26, 20, 30, tzinfo=UTC)
HOSTILE = '<script>alert("x")</script>'
TEMPLATES = settings.BASE_DIR / "templates"


@pytest.fixture(autouse=True)
def _reader():
    with translation.override("en"), timezone.override(ZoneInfo("America/Santiago")):
        yield


def render(source, request=None, **context):
    return Template("{% load components %}" + source).render(
        RequestContext(request, context) if request else Context(context)
    )


class _Text(HTMLParser):
    def __init__(self):
        super().__init__()
        self.pieces = []

    def handle_data(self, data):
        self.pieces.append(data)


def words(html):
    """What a reader sees, spaces collapsed."""
    parser = _Text()
    parser.feed(html)
    return " ".join("".join(parser.pieces).split())


def classes(html):
    return re.search(r'class="([^"]*)"', html)[1].split()


# ---------- states ----------


@pytest.mark.parametrize(
    ("severity", "text", "css"),
    [(1, "S1 Critical", "chip-s1"), (2, "S2 High", "chip-s2"), (3, "S3 Low", "chip-s3")],
)
def test_severity_decided_and_suggested_differ_by_word_and_outline(severity, text, css):
    decided = render("{% severity_chip s %}", s=severity)
    suggested = render("{% severity_chip s decided=False %}", s=severity)
    assert (words(decided), classes(decided)) == (text, ["chip", css])
    assert (words(suggested), classes(suggested)) == (f"{text} · suggested", ["chip", css, "chip-proposed"])


def test_severity_not_assessed_says_so():
    assert words(render("{% severity_chip None %}")) == "Severity not assessed"


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("not_started", "Not started"),
        ("running", "Running"),
        ("at_risk", "At risk"),
        ("breached", "Breached"),
        ("met", "Met"),
        ("paused", "Paused"),
        ("excused", "Excused"),
        ("cancelled", "Cancelled"),
    ],
)
def test_clock_badge_says_its_state_in_a_word_with_an_icon_and_the_reason(state, text):
    html = render("{% clock_badge state reason=reason %}", state=state, reason="waiting for your data")
    assert words(html) == f"{text} · waiting for your data"
    assert classes(html) == ["chip", "clock", f"clock-{state}"]
    assert html.count("<use ") == 1
    assert words(render("{% clock_badge state %}", state=state)) == text


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("registered", "Registered"),
        ("open", "Open"),
        ("waiting_customer", "Waiting for the customer"),
        ("waiting_provider", "Waiting for a third party"),
        ("solution_proposed", "Solution proposed"),
        ("closed", "Closed"),
    ],
)
def test_state_label_says_the_state_in_plain_words(state, text):
    html = render("{% state_label state %}", state=state)
    assert (words(html), classes(html)) == (text, ["state", f"state-{state}"])


# ---------- refusals ----------


@pytest.mark.parametrize(
    "source",
    [
        "{% severity_chip 1 colour='red' %}",
        "{% clock_badge 'running' until='never' %}",
        "{% state_label 'open' size='big' %}",
        "{% icon 'clock' size='big' %}",
        "{% instant at zona='x' %}",
        "{% notice tone='loud' %}{% endnotice %}",
        "{% page_header title='x' subtitle='y' %}{% endpage_header %}",
        "{% empty_state title='x' picture='y' %}",
        "{% error_summary form title='x' %}",
        "{% pagination page size=3 %}",
        "{% file_list files open=True %}",
        "{% refusal refused loud=True %}",
        "{% timeline_item title='x' colour='y' %}{% endtimeline_item %}",
        "{% page_header %}{% endpage_header %}",
        "{% severity_chip %}",
    ],
)
def test_unknown_or_missing_argument_is_refused_when_the_template_is_compiled(source):
    with pytest.raises(TemplateSyntaxError):
        Template("{% load components %}" + source)


@pytest.mark.parametrize(
    "source",
    [
        "{% severity_chip 4 %}",
        "{% clock_badge 'late' %}",
        "{% state_label 'resolved' %}",
        "{% icon 'no-such-icon' %}",
        "{% notice kind='loud' %}{% endnotice %}",
        "{% empty_state title='x' icon_name='no-such-icon' %}",
        "{% timeline_item title='x' kind='loud' %}{% endtimeline_item %}",
        "{{ left|remaining:'moon' }}",
    ],
)
def test_unknown_state_kind_or_icon_is_refused_when_it_is_rendered(source):
    with pytest.raises(ValueError, match="unknown"):
        render(source, left=timedelta(hours=1))


# ---------- time ----------


def test_instant_is_written_for_the_reader_and_for_machines():
    html = render("{% instant at %}", at=AT)
    assert html == '<time class="instant" datetime="2026-11-26T20:30:00Z">Thu 26 Nov, 17:30 (Chile)</time>'


def test_instant_in_another_zone_has_the_readers_own_below_where_it_differs():
    lima = render("{% instant at zone %}", at=AT, zone=ZoneInfo("America/Lima"))
    same_hour = render("{% instant at zone %}", at=AT, zone=ZoneInfo("America/Sao_Paulo"))
    assert words(lima) == "Thu 26 Nov, 15:30 (Peru)Thu 26 Nov, 17:30 (Chile)"
    assert words(same_hour) == "Thu 26 Nov, 17:30 (Brazil)"


def test_instant_refuses_a_naive_datetime():
    with pytest.raises(ValueError, match="no time zone"):
        render("{% instant at %}", at=AT.replace(tzinfo=None))


def test_remaining_and_duration_are_filters():
    left = timedelta(hours=3, minutes=20)
    assert render("{{ left|remaining }}", left=left) == "3 h 20 min of business time left"
    assert render("{{ left|remaining:'elapsed' }}", left=left) == "3 h 20 min left"
    assert render("{{ left|duration }}", left=left) == "3 h 20 min"


# ---------- furniture ----------


@pytest.mark.parametrize("kind", ["info", "ok", "warn", "danger"])
def test_notice_shows_title_text_and_one_act(kind):
    html = render(
        "{% notice kind=kind title='Your turn' action_url='/x/' action_label='Answer' %}"
        "Until Friday{% endnotice %}",
        kind=kind,
    )
    assert words(html) == "Your turn Until Friday Answer"
    assert classes(html) == ["notice", f"notice-{kind}"]


def test_what_people_wrote_is_escaped_in_every_component():
    html = render(
        "{% notice title=x %}{{ x }}{% endnotice %}{% page_header title=x lead=x back_url='/' back_label=x %}"
        "{{ x }}{% endpage_header %}{% empty_state title=x text=x %}{% clock_badge 'paused' reason=x %}"
        "{% timeline_item title=x by=x when=at %}{{ x }}{% endtimeline_item %}{% file_list files %}"
        "{% icon 'clock' label=x %}{% refusal refused %}",
        x=HOSTILE,
        at=AT,
        files=[{"name": HOSTILE, "size": 1, "url": HOSTILE}],
        refused=Refused(HOSTILE, rule=HOSTILE, instead=HOSTILE),
    )
    assert html.count("<script") == 0
    assert html.count("&lt;script&gt;") == 18


def test_refusal_names_reason_rule_moment_and_alternative():
    refused = Refused("Not yet.", rule="ESC-3", instead="Write on the ticket.", allowed_from=AT)
    assert words(render("{% refusal refused %}", refused=refused)) == (
        "Not yet. ESC-3 Possible from Thu 26 Nov, 17:30 (Chile) Write on the ticket."
    )
    assert words(render("{% refusal refused %}", refused=Refused("No."))) == "No."


class _Sample(forms.Form):
    subject = forms.CharField()
    workaround = forms.ChoiceField(choices=[("y", "Yes"), ("n", "No")], widget=forms.RadioSelect)
    secret = forms.CharField(widget=forms.HiddenInput)

    def clean(self):
        raise forms.ValidationError("Together they make no sense.")


def test_error_summary_links_every_error_to_a_field_that_exists():
    form = _Sample({})
    html = render("{% error_summary form %}", form=form)
    page = render(
        "{% load crispy_forms_filters %}{% for f in form %}{{ f|as_crispy_field }}{% endfor %}", form=form
    )
    anchors = re.findall(r'href="#([^"]+)"', html)
    assert anchors == ["id_subject", "id_workaround_0"]
    assert [page.count(f'id="{anchor}"') for anchor in anchors] == [1, 1]
    assert words(html) == (
        "There are 4 things to correct Together they make no sense. Subject: This field is required. "
        "Workaround: This field is required. Secret: This field is required."
    )


def test_error_summary_is_silent_without_errors():
    assert render("{% error_summary form %}", form=_Sample()).strip() == ""


def test_fields_carry_what_a_screen_reader_needs_beside_an_error():
    page = render("{% load crispy_forms_filters %}{{ form.subject|as_crispy_field }}", form=_Sample({}))
    assert re.search(r'aria-invalid="true"', page)
    described_by = re.search(r'aria-describedby="([^"]+)"', page)[1]
    assert page.count(f'id="{described_by}"') == 1


def test_pagination_keeps_the_rest_of_the_query(rf):
    page = Paginator(range(100), 25).get_page(2)
    html = render(
        "{% pagination page %}", page=page, request=rf.get("/tickets/", {"q": "caída", "page": "2"})
    )
    assert re.findall(r'<a [^>]*href="([^"]+)"', html) == [
        f"?q=ca%C3%ADda&amp;page={number}" for number in (1, 1, 2, 3, 4, 3)
    ]
    assert words(html).startswith("26 to 50 of 100")


def test_pagination_is_silent_with_one_page(rf):
    page = Paginator(range(5), 25).get_page(1)
    assert render("{% pagination page %}", page=page, request=rf.get("/")).strip() == ""


@pytest.mark.parametrize(
    ("number", "dialled"),
    [("(56) 2 2790 9529", "+56227909529"), ("(51) 1 635 8614", "+5116358614"), ("", "")],
)
@pytest.mark.rule("RSP-5")
def test_telephone_numbers_can_be_dialled(number, dialled):
    assert dial(number) == dialled


# ---------- the gallery ----------


def test_gallery_exists_only_while_debugging(client, settings):
    assert client.get("/galeria/").status_code == 404
    settings.DEBUG = True
    assert client.get("/galeria/").status_code == 200


# ---------- what templates may hold ----------

# What a browser shows: neither mails nor what is only printed into a PDF.
PAGES = sorted(
    path
    for path in TEMPLATES.rglob("*.html")
    if "email" not in path.parts and not path.name.endswith("_pdf.html")
)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_template_holds_inline_script_style_or_a_foreign_address(path):
    source = path.read_text(encoding="utf-8")
    assert inline_or_foreign(source) == []


def test_a_planted_inline_handler_is_found():
    planted = '<p style="x"><a href="javascript:x"><b onclick="x"><script>x</script><img src="https://cdn.example/x">'
    assert len(inline_or_foreign(planted)) == 5


def inline_or_foreign(source: str) -> list[str]:
    pattern = (
        r"<[^>]*\sstyle\s*=|<[^>]*\son[a-z]+\s*=|javascript:|<style|<script(?![^>]*\b(?:src|type)=)|"
        r'(?:src|href)="(?:https?:)?//'
    )
    return re.findall(pattern, source)


def test_every_icon_that_a_template_names_is_in_the_sprite():
    text = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
    named = set(re.findall(r"(?:icon\s+|icon_name=)[\"']([^\"']+)[\"']", text))
    assert named - components.sprite_names() == set()
    assert len(named) > 20


def test_a_page_weighs_under_150_kilobytes_uncompressed(client):
    html = client.get("/entrar/").content.decode()
    names = set(re.findall(r'(?:href|src)="/static/([^"#]+)', html))
    weight = len(html.encode()) + sum(Path(finders.find(name)).stat().st_size for name in names)
    assert {name.split("/")[0] for name in names} == {"css", "django_htmx", "img", "js", "vendor"}
    assert weight < 150_000
