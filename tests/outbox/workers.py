"""Real processes on a real database, to be killed: SQLite in a folder, or PostgreSQL from DATABASE_URL."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from .mail_server import MailServer

ROOT = Path(__file__).resolve().parent.parent.parent


class Workshop:
    """A database of its own, and the processes that work on it: runs of `module`, with a command each."""

    def __init__(self, server: MailServer, folder: Path, *, lease_seconds: int, module: str):
        self._module = module
        self._server_url = os.environ.get("DATABASE_URL")
        self._name = f"outbox_{uuid.uuid4().hex}"
        self._environment = os.environ | {
            "OUTBOX_TEST_PORT": str(server.port),
            "OUTBOX_TEST_LEASE": str(lease_seconds),
        }
        if self._server_url:
            url = urlsplit(self._server_url)._replace(path=f"/{self._name}")
            self._environment["DATABASE_URL"] = url.geturl()
        else:
            self._environment["OUTBOX_TEST_SQLITE"] = str(folder / f"{self._name}.sqlite3")

    def start(self, command: str, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", self._module, command, *arguments],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str, *arguments: str) -> str:
        """The command's standard output; CalledProcessError if it fails."""
        process = self.start(command, *arguments)
        printed, _ = process.communicate(timeout=600)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        return printed

    def deliver_all(self) -> dict[str, int]:
        """Delivers until nothing is left; what is on record then: rows, keys, sent, interruptions."""
        return json.loads(self.run("deliver"))

    def administer(self, statement: str) -> None:
        """Runs `{name}` statements on the server that holds the database; a file needs none."""
        if self._server_url:
            with psycopg.connect(self._server_url, autocommit=True) as connection:
                connection.execute(statement.format(name=self._name))


@contextmanager
def workshop(
    server: MailServer, folder: Path, *, mails: int, lease_seconds: int, module: str = "tests.outbox.process"
) -> Iterator[Workshop]:
    """A Workshop whose database holds that many mails to deliver, and is dropped at the end."""
    shop = Workshop(server, folder, lease_seconds=lease_seconds, module=module)
    shop.administer('CREATE DATABASE "{name}"')
    try:
        shop.run("prepare", str(mails))
        yield shop
    finally:
        shop.administer('DROP DATABASE "{name}" WITH (FORCE)')
