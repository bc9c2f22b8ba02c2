"""`manage.py receive_email < mail`: takes in one mail from a mail server's pipe."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from lynnsupport.common import clock
from tickets.inbound.operations import process
from tickets.inbound.storing import keep


class Command(BaseCommand):
    help = "Takes in one mail from standard input; prints its outcome, ticket and reason as one JSON line."

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 0 once the mail is stored, whatever becomes of it then. Where it cannot be stored the command
        fails, and a mail server keeps the mail and tries again."""
        now = clock.now()
        mail = keep(sys.stdin.buffer.read(), now=now, attempts=1)
        try:
            outcome = process(mail, now=now, is_counted=True)
        except DatabaseError as error:
            told = {"outcome": None, "ticket": None, "reason": f"stored; to be processed later ({error})"}
        else:
            told = {"outcome": outcome.kind, "ticket": outcome.ticket, "reason": outcome.reason}
        self.stdout.write(json.dumps(told, ensure_ascii=False))
