"""Form fields that read what people write: percentages, wall-clock times, files, one-time keys."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .evidence import Upload, problems_with

EARLIEST_YEAR = 2000
WALL_FORMATS = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d-%m-%Y %H:%M", "%d/%m/%Y %H:%M")


class PercentField(forms.DecimalField):
    """0 to 100 with up to two decimals; a comma and a point mean the same, a trailing % is no error."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(
            min_value=Decimal(0), max_value=Decimal(100), max_digits=5, decimal_places=2, **options
        )

    def to_python(self, value: Any) -> Decimal | None:
        if isinstance(value, str):
            value = value.strip().removesuffix("%").strip().replace(",", ".")
        return super().to_python(value)


class WallTimeField(forms.Field):
    """A date and time as a clock on the wall showed it: naive, because the zone is asked for beside it."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    default_error_messages = {
        "invalid": _("Write date and time, such as 26-11-2026 17:30."),
        "year": _("Check the year."),
    }

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values or isinstance(value, datetime):
            return value or None
        text = " ".join(str(value).split())
        for form in WALL_FORMATS:
            try:
                shown = datetime.strptime(text, form)  # noqa: DTZ007 - naive is what it is
            except ValueError:
                continue
            if not EARLIEST_YEAR <= shown.year <= 9000:
                raise ValidationError(self.error_messages["year"], code="year")
            return shown
        raise ValidationError(self.error_messages["invalid"], code="invalid")


class SubmissionKeyField(forms.UUIDField):
    """The key by which a form sent twice is known; one that cannot be read is replaced by a new one."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=False, initial=uuid.uuid4)

    def clean(self, value: Any) -> UUID:
        try:
            return super().clean(value) or uuid.uuid4()
        except ValidationError:
            return uuid.uuid4()


def _files_help() -> str:
    return gettext(
        "Up to %(count)d files of at most %(limit)s each. Drag them here, paste them or choose them."
    ) % {
        "count": settings.ATTACHMENTS_PER_MESSAGE,
        "limit": filesizeformat(settings.ATTACHMENT_MAX_BYTES),
    }


files_help = lazy(_files_help, str)


class FilesInput(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data, files, name):
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name, [])


class EvidenceField(forms.Field):
    """Any number of files, as `Upload`s; `already_stored` is what the ticket holds, in bytes."""

    def __init__(self, **options: Any) -> None:
        endings = ",".join(sorted(f".{ending}" for ending in settings.ATTACHMENT_ENDINGS))
        options.setdefault("widget", FilesInput(attrs={"multiple": True, "accept": endings}))
        options.setdefault("help_text", files_help())
        super().__init__(required=False, **options)
        self.already_stored = 0

    def clean(self, value: Any) -> list[Upload]:
        uploads = [Upload(file.name, file) for file in value or []]
        problems = problems_with(uploads, already_stored=self.already_stored)
        if problems:
            raise ValidationError([*problems])
        return uploads

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)
