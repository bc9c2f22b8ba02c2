"""The states of one version of a notice, and the only ways from one to the next."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"  # for ever: what is told anew is a new version (NOT-5)
    DISCARDED = "discarded"


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SCHEDULED, State.PUBLISHED, State.DISCARDED}),
    State.SCHEDULED: frozenset({State.DRAFT, State.PUBLISHED}),
    State.PUBLISHED: frozenset(),
    State.DISCARDED: frozenset(),
}


class IllegalTransition(ValueError):
    """A version was to go where no way leads."""


def check_transition(current: State, to: State) -> None:
    """IllegalTransition unless the table knows the way."""
    if to not in TRANSITIONS[current]:
        raise IllegalTransition(f"a {current} version does not become {to}")
