"""Real processes that are killed or compete: nothing lost, nothing recorded twice (BARS 10)."""

import os
import signal

import pytest

from tests.load.outbox_kill import run

from .mail_server import MailServer
from .workers import workshop

pytestmark = pytest.mark.database


def test_kill_9_of_the_delivering_process_loses_nothing(tmp_path):
    figures = run(mails=120, kills=4, seed=3, folder=tmp_path)
    assert (figures.lost, figures.recorded_twice, figures.repeated_under_another_id) == (0, 0, 0)
    assert (figures.kills, figures.repeated <= 4) == (4, True)


def test_a_process_killed_between_accepted_and_recorded_repeats_that_mail_alone(tmp_path):
    with MailServer() as server, workshop(server, tmp_path, mails=10, lease_seconds=1) as shop:
        worker = shop.start("deliver")

        def kill_at_the_fifth(recipient):
            if len(server.arrivals) == 4:
                os.kill(worker.pid, signal.SIGKILL)
            return "250 OK"

        server.on_data = kill_at_the_fifth
        assert worker.wait(60) == -signal.SIGKILL
        worker.stdout.close()
        assert shop.deliver_all() == {"rows": 10, "keys": 10, "sent": 10, "interruptions": 6}
        sent = [(arrival.recipients[0], arrival.message_id) for arrival in server.arrivals]
        assert (len(sent), len(set(sent))) == (11, 10)
        assert sent.count(sent[4]) == 2


def test_processes_that_deliver_at_once_send_each_mail_once(tmp_path):
    with MailServer() as server, workshop(server, tmp_path, mails=300, lease_seconds=300) as shop:
        workers = [shop.start("deliver", "1") for _ in range(4)]  # as many claims as can be
        assert [worker.wait(300) for worker in workers] == [0, 0, 0, 0]
        for worker in workers:
            worker.stdout.close()
        sent = [arrival.recipients[0] for arrival in server.arrivals]
        assert (len(sent), len(set(sent))) == (300, 300)
        assert shop.deliver_all() == {"rows": 300, "keys": 300, "sent": 300, "interruptions": 0}
