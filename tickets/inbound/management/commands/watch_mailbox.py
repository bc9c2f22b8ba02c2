"""`manage.py watch_mailbox`: takes in mails the moment they arrive, where the mail server can tell (IDLE)."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lynnsupport.common import clock
from tickets.inbound import mailbox

# RFC 2177 wants IDLE renewed before half an hour; routers forget silent connections much sooner.
IDLE_SECONDS = 240
WITHOUT_IDLE_SECONDS = 15


class Command(BaseCommand):
    help = "Watches the support mailbox and takes in what arrives; a supervisor starts it again when it ends."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=int, default=3600, help="how long it watches (an hour)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IMAP_HOST:
            raise CommandError("IMAP_HOST names no mail server.")
        until = time.monotonic() + options["seconds"]
        with mailbox.connected() as box:
            while True:
                fetched = mailbox.poll(box, now=clock.now)
                if fetched.stored:
                    self.stdout.write(f"{fetched.stored} mails taken in")
                left = int(until - time.monotonic())
                if left <= 0:
                    return
                if not fetched.left and mailbox.wait_for_news(box, min(left, IDLE_SECONDS)) is None:
                    time.sleep(min(left, WITHOUT_IDLE_SECONDS))
