"""`manage.py demo`: the whole portal on this machine, with sample data, until Ctrl-C."""

import errno
import http.client
import logging
import os
import socket
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from lynnsupport.portal import fresh
from lynnsupport.portal.supervisor import ChildEnded, Program, Supervisor
from tickets.sample.people import LOGINS, PASSWORD

HOST = "127.0.0.1"
FIRST_PAGE = "/entrar/"
LOG_DIR = settings.VAR_DIR / "log"


class Command(BaseCommand):
    help = "Prepares the database, then runs web server, worker and periodic jobs until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="port of the pages (8000)")
        parser.add_argument(
            "--no-sample-data", action="store_true", help="start with the policy, but without invented people"
        )

    def handle(self, *, port: int, no_sample_data: bool, **_options) -> None:
        if settings.SETTINGS_MODULE != "lynnsupport.settings.embedded":
            raise CommandError("demo runs with the embedded settings only: unset DJANGO_SETTINGS_MODULE.")
        _refuse_unusable(port)
        logging.disable(logging.WARNING)  # what the programs tell stands in their logs
        with Supervisor(os.environ) as supervisor:
            try:
                self._run(supervisor, port, with_sample_data=not no_sample_data)
            except KeyboardInterrupt:
                raise CommandError("Stopped before the portal was ready.", returncode=130) from None
            except ChildEnded as ended:
                tail = _last_lines(ended.program.log)
                raise CommandError(f"{ended} The rest is stopped too. It said last:\n{tail}") from None
        self.stdout.write("Stopped.")

    def _run(self, supervisor: Supervisor, port: int, *, with_sample_data: bool) -> None:
        web, worker = _programs(port)
        with supervisor.meanwhile():
            self.stdout.write("Preparing the database ...")
            fresh.prepare()
            # Both take a few seconds of a processor: the first page is there while people are still made.
            self.stdout.write("Starting the web server, and filling the database meanwhile ...")
            supervisor.start(web)
            call_command("sample_data" if with_sample_data else "load_policy", verbosity=0)
            connections.close_all()
        self.stdout.write("Starting worker and periodic jobs ...")
        supervisor.start(worker)
        while not supervisor.is_stopping and not _answers(port):
            supervisor.pause()
        if not supervisor.is_stopping:
            self._welcome(port, with_logins=with_sample_data)
        supervisor.watch()

    def _welcome(self, port: int, *, with_logins: bool) -> None:
        self.stdout.write(f"\nThe portal is at http://localhost:{port}/ (the support desk at /admin/).\n")
        if with_logins:
            self.stdout.write(f"Sample logins, all with the password {PASSWORD}")
            for email, who in LOGINS:
                self.stdout.write(f"  {email:30} {who}")
        else:
            self.stdout.write("Make yourself a login: .ci/uv run manage.py createsuperuser")
        self.stdout.write("Mails are written to var/mail/, logs to var/log/. Stop with Ctrl-C.\n")
        self.stdout.flush()


def _refuse_unusable(port: int) -> None:
    if not 1 <= port <= 65_535:
        raise CommandError(f"{port} is not a port; choose one from 1024 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            why = (
                "in use by another program"
                if error.errno == errno.EADDRINUSE
                else str(error.strerror).lower()
            )
            raise CommandError(f"Port {port} is {why}. Choose another: make demo PORT={port + 1}") from None


def _programs(port: int) -> list[Program]:
    gunicorn = [
        *("-m", "gunicorn", "--config", str(settings.BASE_DIR / "deploy" / "gunicorn.conf.py")),
        *("--preload", "--bind", f"{HOST}:{port}", "lynnsupport.wsgi:application"),
    ]
    celery = [
        *("-m", "celery", "--app", "lynnsupport.celery", "worker", "--beat"),
        *("--pool", "threads", "--concurrency", "2", "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
    return [
        Program("The web server", [sys.executable, *gunicorn], LOG_DIR / "web.log"),
        Program("The worker", [sys.executable, *celery], LOG_DIR / "worker.log"),
    ]


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", FIRST_PAGE)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _last_lines(log: Path, count: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
