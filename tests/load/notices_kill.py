"""Kills the worker again and again while it tells people of a notice, and counts who was told.

    python -m tests.load.notices_kill --people 10000 --kills 30

Half of the kills strike in the middle of a batch (mails, record of who was told, and how far it has come are
one transaction), the others while the mail server has taken a mail and not yet said so. Works on PostgreSQL
where DATABASE_URL names one (in a database of its own), else on SQLite. Exit 1 if anybody was lost or
recorded twice, or a mail was repeated more often than a kill explains, or under another Message-ID.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.outbox.mail_server import MailServer
from tests.outbox.workers import workshop

LEASE_SECONDS = 2


@dataclass(frozen=True)
class Figures:
    """What a run asked for and what became of it."""

    people: int
    arrived: int
    lost: int
    recorded_twice: int
    mails_without_record: int
    repeated: int
    repeated_under_another_id: int
    kills_while_telling: int
    kills_while_sending: int
    seconds: int

    @property
    def is_sound(self) -> bool:
        faults = (self.lost, self.recorded_twice, self.mails_without_record, self.repeated_under_another_id)
        return not any(faults) and self.repeated <= self.kills_while_telling + self.kills_while_sending


class Killer:
    """Lets a worker work a while, then kills it: within a batch, or within the mail server's answer."""

    def __init__(self, server: MailServer, chance: random.Random):
        self._chance = chance
        self._left = -1  # mails until the blow; never without one planned
        self._struck = threading.Event()
        server.on_data = self._on_data

    def while_telling(self, worker: subprocess.Popen[str], *, batches: int) -> bool:
        """Whether the worker came to its `batches`th batch, and died in it."""
        self._worker = worker
        for line in worker.stdout:
            batches -= line == "batch\n"
            if not batches:
                time.sleep(self._chance.random() * 0.05)
                worker.send_signal(signal.SIGKILL)
                return self._closed(True)
        return self._closed(False)

    def while_sending(self, worker: subprocess.Popen[str], *, mails: int) -> bool:
        """Whether the worker came to its `mails`th mail, and died over it."""
        self._worker, self._left = worker, mails
        self._struck.clear()
        while not self._struck.wait(0.05):
            if worker.poll() is not None:
                self._left = -1
                return self._closed(False)
        return self._closed(True)

    def _on_data(self, recipient: str) -> str:
        self._left -= 1
        if self._left == 0:
            self._worker.send_signal(signal.SIGKILL)
            self._struck.set()
        return "250 OK"

    def _closed(self, has_struck: bool) -> bool:
        self._worker.wait(60)
        self._worker.stdout.close()
        return has_struck


def run(*, people: int, kills: int, seed: int, folder: Path, batch: int = 100) -> Figures:
    """Kills that many workers over the telling of `people`, and lets a last one finish."""
    chance = random.Random(seed)
    started, telling, sending = time.monotonic(), 0, 0
    share = max(1, 2 * people // (kills + 2) - 1)
    with (
        MailServer() as server,
        workshop(
            server, folder, mails=people, lease_seconds=LEASE_SECONDS, module="tests.notices.process"
        ) as shop,
    ):
        killer = Killer(server, chance)
        for number in range(kills):
            worker = shop.start("work", str(batch))
            if number % 2:
                telling += killer.while_telling(worker, batches=chance.randint(1, max(1, share // batch)))
            else:
                sending += killer.while_sending(worker, mails=chance.randint(1, share))
        found = json.loads(shop.run("work", str(batch)).splitlines()[-1])
        ids = defaultdict(set)
        for arrival in server.arrivals:
            ids[arrival.recipients[0]].add(arrival.message_id)
        return Figures(
            people=people,
            arrived=len(ids),
            lost=people - min(len(ids), found["people"]),
            recorded_twice=found["rows"] - found["people"] + found["mails"] - people,
            mails_without_record=found["mails_without_record"] + found["without_mail"],
            repeated=len(server.arrivals) - len(ids),
            repeated_under_another_id=sum(len(seen) > 1 for seen in ids.values()),
            kills_while_telling=telling,
            kills_while_sending=sending,
            seconds=round(time.monotonic() - started),
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = run(people=options.people, kills=options.kills, seed=options.seed, folder=Path(folder))
    for name, figure in asdict(figures).items():
        print(f"{name.replace('_', ' '):26} {figure:>8}")
    return 0 if figures.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
