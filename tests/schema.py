"""The migrated database of SQLite, kept between runs: migrating takes longer than most parts of the suite.

Kept under a digest of all that it is made from, so that a changed migration makes a new one. `migrate` still
runs on what is restored, and finds nothing to do.
"""

import fcntl
import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).parent.parent
MADE_FROM = ("lynnsupport/**/migrations/*.py", "sla/migrations/*.py", "tickets/**/migrations/*.py")
MADE_FROM += ("credits/**/migrations/*.py", "lynnsupport/common/guards.py", "uv.lock")


@contextmanager
def kept_schema(folder: Path) -> Iterator[None]:
    """Around the making of the test database: restores what is kept, or keeps what is made in here.

    Of several processes one makes it while the others wait. PostgreSQL's databases are made as always.
    """
    if connection.vendor != "sqlite":
        yield
        return
    name = connection.creation._get_test_db_name()
    kept = folder / f"{_digest()}.sqlite3"
    with closing(sqlite3.connect(name, uri=True)) as made, (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.exists():
            _copy(kept, made)
            fcntl.flock(lock, fcntl.LOCK_UN)
            yield
            return
        yield
        for outdated in folder.glob("*.sqlite3"):
            outdated.unlink()
        half = kept.with_suffix(".half")
        with closing(sqlite3.connect(half)) as target:
            made.backup(target)
        half.rename(kept)


def _copy(kept: Path, made: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(kept)) as source:
        source.backup(made)


def _digest() -> str:
    made_from = hashlib.sha256()
    for pattern in MADE_FROM:
        for path in sorted(ROOT.glob(pattern)):
            made_from.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return made_from.hexdigest()[:32]
