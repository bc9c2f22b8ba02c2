"""What is typed into a form and comes back: kept texts, refusals beside a field, files to be chosen again."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LONG = 20_000
FILES_AGAIN = _("Choose the files again: a browser does not keep them when a page comes back.")
# What a draft and a lost session keep: all that is typed, not the files and not the keys.
NOT_KEPT = frozenset({"files", "submission_key"})


def refuse(form: forms.Form, sentence: Any, *, field: str) -> None:
    """Put the refusal of an operation beside `field`; the form comes back, its files do not."""
    form.add_error(field, sentence)
    ask_for_files_again(form)


def ask_for_files_again(form: forms.Form) -> None:
    if form.errors and form.files and FILES_AGAIN not in form.errors.get("files", []):
        form.add_error("files", FILES_AGAIN)


def typed_answers(form_class: type[forms.Form], data: Any) -> dict[str, str]:
    """What stands in the fields of a form, as text: for a draft, or to show it again elsewhere."""
    names = form_class.base_fields.keys() - NOT_KEPT
    return {name: data[name] for name in names if isinstance(data.get(name), str)}
