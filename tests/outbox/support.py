"""What the outbox's tests share: mails of an invented kind."""

from datetime import UTC, datetime
from pathlib import Path

from lynnsupport.outbox.operations import Mail

NOW = datetime(2026, 11, 26, 20, 30, tzinfo=UTC)
TEMPLATES = Path(__file__).parent / "templates"


def mail(number: int = 1, **changes) -> Mail:
    """A mail of the kind `test`, unlike any other by its number."""
    fields = {
        "key": f"test:{number}",
        "kind": "test",
        "to": f"persona{number}@example.com",
        "to_name": "Ana Pérez",
        "language": "es",
        "time_zone": "America/Santiago",
        "context": {
            "number": "LYN-2026-000123",
            "title": "sin servicio",
            "text": "Se cayó <todo> & nadie contesta.",
            "due_at": NOW.isoformat(),
            "path": "/tickets/LYN-2026-000123/",
        },
        "about": "LYN-2026-000123",
        "thread": "LYN-2026-000123",
    }
    return Mail(**fields | changes)
