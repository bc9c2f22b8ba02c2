"""What the repository promises about itself: migrations, catalogues, documents, sizes, dependencies."""

import re
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command, get_commands

from tests.catalogues import Text, compiled, shown_texts, texts_of_code, texts_of_template, written

ROOT = Path(__file__).resolve().parents[1]
NOT_OURS = {
    *(".git", ".venv", ".uv", ".hypothesis", ".pytest_cache", ".ruff_cache", ".mypy_cache", "__pycache__"),
    *("var", "vendor", "node_modules", "test-results", "htmlcov", ".import_linter_cache"),
}
# code is read through, a file of tests is a list in which one looks up a name
LONGEST_FILE = {"code": 400, "tests": 700}
CATALOGUES = sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))


def _files(*endings):
    return [
        path
        for path in sorted(ROOT.rglob("*"))
        if path.is_file() and path.name.endswith(endings) and not NOT_OURS & set(path.relative_to(ROOT).parts)
    ]


# --- migrations ---


@pytest.mark.django_db
def test_no_migration_is_missing(capsys):
    call_command("makemigrations", check=True, dry_run=True)

    assert capsys.readouterr().out == "No changes detected\n"


# --- what people read ---


def test_both_languages_have_a_catalogue():
    assert {path.parts[-3] for path in CATALOGUES} == {code for code, _name in settings.LANGUAGES}


@pytest.mark.parametrize("po", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_text_is_translated(po):
    catalogue = written(po)
    missing = {
        f"{place}: {text.singular!r}"
        for text, place in shown_texts(ROOT).items()
        if not _is_done(catalogue, text)
    }

    assert sorted(missing) == []


def _is_done(catalogue, text):
    entry = catalogue.get(text)
    return entry is not None and not entry.is_fuzzy and bool(entry.forms) and all(entry.forms)


@pytest.mark.parametrize("po", CATALOGUES, ids=lambda path: path.parts[-3])
def test_no_translation_is_left_over(po):
    assert sorted(text.singular for text in written(po).keys() - shown_texts(ROOT).keys()) == []


@pytest.mark.parametrize("po", CATALOGUES, ids=lambda path: path.parts[-3])
def test_catalogue_is_compiled_as_it_stands(po):
    catalogue = written(po)
    expected = {text: entry.forms for text, entry in catalogue.items() if _is_done(catalogue, text)}

    assert {text: entry.forms for text, entry in compiled(po.with_suffix(".mo")).items()} == expected


@pytest.mark.parametrize("po", CATALOGUES, ids=lambda path: path.parts[-3])
def test_translations_keep_the_gaps_to_be_filled(po):
    def gaps(text):
        return set(re.findall(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}", text))

    wrong = [
        (text.singular, form)
        for text, entry in written(po).items()
        for form in filter(None, entry.forms)
        # a form for one may leave the number out
        if not gaps(form) <= gaps(text.singular) | gaps(entry.plural)
        or (not entry.plural and gaps(form) != gaps(text.singular))
    ]

    assert wrong == []


def test_texts_are_found_where_people_would_write_them():
    code = """
from django.utils.translation import gettext as _, gettext_lazy, ngettext, pgettext
_("one" " and two")
gettext_lazy("three")
ngettext("%(n)s day", "%(n)s days", n)
pgettext("month", "May")
_(variable)
"""
    template = """
{% translate "It's «here» (now)" %}{% translate 'May' context "month" as may %}{{ _("short") }}
{% blocktranslate trimmed count n=n %}
  {{ n }} day
{% plural %}
  {{ n }} days
{% endblocktranslate %}
{% include "x.html" with label=_("a label") %}
"""

    assert set(texts_of_code(code)) == {
        Text("one and two"),
        Text("three"),
        Text("%(n)s day"),
        Text("May", "month"),
    }
    assert set(texts_of_template(template)) == {
        Text("It's «here» (now)"),
        Text("May", "month"),
        Text("short"),
        Text("%(n)s day"),
        Text("a label"),
    }


def test_texts_are_marked_by_names_that_are_collected():
    """Under another name, no text would reach the catalogues, nor would its absence be seen."""
    renamed = re.compile(r"\b(n?p?gettext(?:_lazy|_noop)?) as (?!_\b)(\w+)")
    assert [
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in _files(".py")
        if path != Path(__file__)
        for found in renamed.finditer(path.read_text())
    ] == []
    assert renamed.search("import gettext as _now")
    assert not renamed.search("import gettext as _")


def test_an_untranslated_text_is_seen(tmp_path):
    po = tmp_path / "django.po"
    po.write_text(
        'msgid ""\nmsgstr ""\n"Language: es\\n"\n\n'
        'msgid "done"\nmsgstr "hecho"\n\n'
        'msgid "empty"\nmsgstr ""\n\n'
        '#, fuzzy\nmsgid "doubtful"\nmsgstr "dudoso"\n\n'
        'msgctxt "month"\nmsgid "May"\nmsgstr "ma"\n"yo"\n\n'
        'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "un día"\nmsgstr[1] ""\n'
    )
    catalogue = written(po)

    assert [
        _is_done(catalogue, text)
        for text in (
            Text("done"),
            Text("May", "month"),
            Text("empty"),
            Text("doubtful"),
            Text("%(n)s day"),
            Text("May"),
        )
    ] == [True, True, False, False, False, False]


# --- documents ---


def test_commands_in_the_readme_exist():
    readme = (ROOT / "README.md").read_text()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    asked_of_make = set(re.findall(r"\bmake ([a-z]+)\b", readme))
    asked_of_us = set(re.findall(r"^\| `([a-z_]+)` \|", readme, re.M))

    assert {"demo", "test"} <= asked_of_make
    assert asked_of_make - targets == set()
    assert {"demo", "load_policy", "sample_data", "sweep", "verify_clocks"} <= asked_of_us
    assert asked_of_us - get_commands().keys() == set()


def test_links_between_documents_lead_somewhere():
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in _files(".md")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text())
        if not (document.parent / target).exists()
    ]

    assert broken == []


# --- sizes, paths, dependencies ---


def _kind(path):
    return "tests" if path.name.startswith("test_") else "code"


def test_files_stay_short_enough_to_be_read():
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in _files(".py")
        if "migrations" not in path.parts
        and (lines := len(path.read_text().splitlines())) > LONGEST_FILE[_kind(path)]
    }

    assert too_long == {}


def test_nothing_names_a_folder_of_one_machine():
    machine_path = re.compile(r"(?:^|[^a-zA-Z.])/(?:work|farm|root|home)/")
    named = [
        str(path.relative_to(ROOT))
        for path in _files(
            ".py", ".md", ".html", ".txt", ".toml", ".conf", ".service", ".example", "Makefile"
        )
        if path != Path(__file__) and machine_path.search(path.read_text())
    ]

    assert named == []


def test_every_dependency_has_a_least_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [
        *project["project"]["dependencies"],
        *(one for extra in project["project"]["optional-dependencies"].values() for one in extra),
        *(one for group in project["dependency-groups"].values() for one in group),
    ]

    assert [one for one in asked if ">=" not in one] == []


def test_packages_come_from_the_public_index_only():
    hosts = set(re.findall(r"https?://[^/\"]*", (ROOT / "uv.lock").read_text()))

    assert hosts == {"https://pypi.org", "https://files.pythonhosted.org"}


def test_static_files_can_be_collected_under_their_digests(settings, tmp_path):
    """A style or script that names a file which is not there would stop the deployment."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }

    call_command("collectstatic", interactive=False, verbosity=0)

    assert (tmp_path / "staticfiles.json").exists()
