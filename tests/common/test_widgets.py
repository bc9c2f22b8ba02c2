"""Form widgets come out as Django's own templates write them, but for empty lines."""

import re

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates, TemplatesSetting

GROUPED = [("", "---"), ("Grupo & más", [("1", "<uno>"), ("2", "dos")]), (3, "tres")]
WIDGETS = {
    "select": forms.Select(choices=GROUPED),
    "several": forms.SelectMultiple(choices=GROUPED),
    "unknown": forms.NullBooleanSelect(),
    "radio": forms.RadioSelect(choices=GROUPED),
    "text": forms.Textarea(),
}


def _without_empty_lines(text: str) -> str:
    return re.sub(r"\n\s*(?=\n)", "", text)


@pytest.mark.parametrize("value", ["", "2", 3, None])
@pytest.mark.parametrize("name", WIDGETS)
def test_a_widget_is_written_as_django_does(name, value):
    attrs = {"id": "x", "data-a": '"<&', "disabled": True, "hidden": False, "rows": 3}
    ours, djangos = (
        WIDGETS[name].render("field", value, attrs=attrs, renderer=renderer)
        for renderer in (TemplatesSetting(), DjangoTemplates())
    )
    assert _without_empty_lines(ours) == _without_empty_lines(djangos)
