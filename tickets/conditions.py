"""What apps above this one ask before a ticket takes a step; judged inside the step's transaction."""

from collections.abc import Callable
from datetime import datetime

from .domain.lifecycle import Act, State, next_state
from .models import Ticket

# Raises Refused where the step may not be taken now.
type Condition = Callable[[Ticket, datetime], None]

_CONDITIONS: dict[Act, list[Condition]] = {}


def ask_before(act: Act, condition: Condition) -> None:
    """`condition` is judged before every `act`, whoever does it. Called once, as an app gets ready."""
    asked = _CONDITIONS.setdefault(act, [])
    if condition not in asked:
        asked.append(condition)


def step(ticket: Ticket, act: Act, now: datetime) -> State:
    """The state that `act` leads to. Raises IllegalTransition, or Refused where a condition is not met."""
    after = next_state(State(ticket.state), act)
    for condition in _CONDITIONS.get(act, ()):
        condition(ticket, now)
    return after
