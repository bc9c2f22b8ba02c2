"""Kills the delivering process again and again, and counts what arrives.

    python -m tests.load.outbox_kill --mails 10000 --kills 30

Half of the kills strike while the mail server has taken a message and not yet said so, which is the one
moment that nobody can make good; the others a moment later, wherever the process happens to be. Works on
PostgreSQL where DATABASE_URL names one (in a database of its own), else on SQLite. Exit 1 if anything was
lost, recorded twice, repeated more often than a kill explains, or repeated under another Message-ID.
"""

import argparse
import random
import signal
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.outbox.mail_server import MailServer
from tests.outbox.workers import Workshop, workshop

LEASE_SECONDS = 2


@dataclass(frozen=True)
class Figures:
    """What a run asked for and what became of it."""

    asked: int
    arrived: int
    lost: int
    recorded_twice: int
    repeated: int
    repeated_under_another_id: int
    kills: int
    interruptions_on_record: int
    seconds: int

    @property
    def is_sound(self) -> bool:
        faults = (self.lost, self.recorded_twice, self.repeated_under_another_id)
        return not any(faults) and self.repeated <= self.kills


class Killer:
    """Lets a worker deliver a while, then kills it: inside the server's answer, or just after it."""

    def __init__(self, server: MailServer, shop: Workshop, chance: random.Random):
        self._server = server
        self._shop = shop
        self._chance = chance
        self._struck = threading.Event()
        server.on_data = self._on_data
        self._left = -1  # messages until the blow; never without one planned

    def kill_one(self, *, after: int) -> bool:
        """Whether there was still something to kill a worker over."""
        self._struck.clear()
        self._inside = self._chance.random() < 0.5
        self._left = after
        self._worker = self._shop.start("deliver")
        while not self._struck.wait(0.05):
            if self._worker.poll() is not None:
                self._left = -1
                self._close()
                return False
        if not self._inside:
            time.sleep(self._chance.random() * 0.02)
            self._worker.send_signal(signal.SIGKILL)
        self._close()
        return True

    def _on_data(self, recipient: str) -> str:
        self._left -= 1
        if self._left == 0:
            if self._inside:
                self._worker.send_signal(signal.SIGKILL)
            self._struck.set()
        return "250 OK"

    def _close(self) -> None:
        self._worker.wait(60)
        self._worker.stdout.close()


def run(*, mails: int, kills: int, seed: int, folder: Path) -> Figures:
    """Asks for `mails`, kills that many workers over them, and lets a last one finish."""
    chance = random.Random(seed)
    started, killed = time.monotonic(), 0
    with MailServer() as server, workshop(server, folder, mails=mails, lease_seconds=LEASE_SECONDS) as shop:
        killer = Killer(server, shop, chance)
        for _ in range(kills):
            killed += killer.kill_one(after=chance.randint(1, max(1, 2 * mails // (kills + 2) - 1)))
        found = shop.deliver_all()
        ids = defaultdict(set)
        for arrival in server.arrivals:
            ids[arrival.recipients[0]].add(arrival.message_id)
        return Figures(
            asked=mails,
            arrived=len(ids),
            lost=mails - len(ids),
            recorded_twice=found["rows"] - mails,
            repeated=len(server.arrivals) - len(ids),
            repeated_under_another_id=sum(len(seen) > 1 for seen in ids.values()),
            kills=killed,
            interruptions_on_record=found["interruptions"],
            seconds=round(time.monotonic() - started),
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = run(mails=options.mails, kills=options.kills, seed=options.seed, folder=Path(folder))
    for name, figure in asdict(figures).items():
        print(f"{name.replace('_', ' '):26} {figure:>8}")
    return 0 if figures.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
