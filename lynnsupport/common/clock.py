"""The one place where the time is read.

Interfaces (views, tasks, commands) call `now()` once and hand the instant on; nothing
below them asks for the time again.
"""

from datetime import UTC, datetime


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC)
