"""What is wrong with a notice, in words for the person who writes it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from .domain.checks import Fault

SENTENCES: Mapping[Fault, Any] = {
    Fault.NO_TEXT: _("Write title and text in Spanish: every notice is offered in it."),
    Fault.HALF_ENGLISH: _("Offer title and text in English, or neither: half a notice is none."),
    Fault.GAPS: _("Fill in what still stands between braces."),
    Fault.NO_START: _("A maintenance needs the time at which it begins."),
    Fault.NO_END: _("A maintenance needs the time at which it ends."),
    Fault.END_BEFORE_START: _("The end is not after the start."),
    Fault.IN_THE_PAST: _("This maintenance would already have begun: announce one that lies ahead (AVL-4)."),
    Fault.ACTION_WITHOUT_DAY: _("Say by when it has to be done."),
    Fault.DAY_WITHOUT_ACTION: _("Say what has to be done by then."),
    Fault.ACTION_IN_THE_PAST: _("What has to be done would already be late."),
    Fault.NOBODY: _("This reaches nobody: choose everyone, or whom it concerns."),
    Fault.EVERYONE_AND_SOME: _("Everyone leaves no further limits: choose one or the other."),
    Fault.NO_WAY: _("Choose at least one way out."),
    Fault.PUBLIC_AND_CONFIDENTIAL: _(
        "The public page names no customer: a notice limited to partners, customers, tenants or roles stays"
        " off it."
    ),
    Fault.DOWNTIME_OF_NO_MAINTENANCE: _("Only a maintenance announces downtime."),
    Fault.DOWNTIME_WITHOUT_MAIL: _(
        "Downtime is announced by mail: the delivery log is the proof that it was (AVL-4)."
    ),
    Fault.WHAT_CHANGED: _("Say what this version changes: readers have seen the one before it."),
}

RULES: Mapping[Fault, str] = {
    Fault.IN_THE_PAST: "AVL-4",
    Fault.DOWNTIME_WITHOUT_MAIL: "AVL-4",
    Fault.NOBODY: "NOT-3",
    Fault.EVERYONE_AND_SOME: "NOT-3",
    Fault.NO_WAY: "NOT-2",
    Fault.WHAT_CHANGED: "NOT-5",
}
