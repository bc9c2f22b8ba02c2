"""A real Redis behind the bell: it rings there, freezes, is emptied, and nothing is lost (BARS 11)."""

import shutil
import signal
import subprocess
import threading
import time

import pytest
import redis
from celery import Celery

from lynnsupport.common.clock import now
from lynnsupport.outbox import tasks
from lynnsupport.outbox.models import OutboxMessage
from lynnsupport.outbox.nudge import Bell
from lynnsupport.outbox.operations import enqueue

from .mail_server import free_port
from .support import mail

pytestmark = pytest.mark.redis
QUEUE = "celery"


@pytest.fixture
def server(tmp_path):
    """A Redis of this test's own: the process, and a client to look inside."""
    port = free_port()
    process = subprocess.Popen(
        [
            shutil.which("redis-server"),
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            tmp_path,
        ],
        stdout=subprocess.DEVNULL,
    )
    with redis.Redis(port=port) as client:
        for _ in range(200):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.05)
        process.port = port
        yield process, client
    process.send_signal(signal.SIGCONT)
    process.terminate()
    process.wait(30)


def bell_of(process) -> tuple[Bell, threading.Semaphore, threading.Semaphore]:
    """A bell on that Redis, and what is released when it has rung there, or could not."""
    app = Celery("ringing", broker=f"redis://127.0.0.1:{process.port}/0", set_as_current=False)
    app.conf.broker_transport_options = {"socket_timeout": 0.3, "socket_connect_timeout": 0.3}
    rung, failed = threading.Semaphore(0), threading.Semaphore(0)

    def publish():
        try:
            app.send_task("outbox.deliver", retry=False)
        except Exception:
            failed.release()
            raise
        rung.release()

    return Bell(publish), rung, failed


def test_a_ring_is_one_message_in_redis(server):
    process, client = server
    bell, rung, _ = bell_of(process)
    bell.ring()
    assert rung.acquire(timeout=60)
    assert client.llen(QUEUE) == 1


def test_a_frozen_redis_holds_up_nobody_and_is_rung_again_afterwards(server):
    process, client = server
    bell, rung, failed = bell_of(process)
    process.send_signal(signal.SIGSTOP)
    bell.ring()
    bell.ring()
    assert not rung.acquire(blocking=False)  # both came back, though Redis answers nobody
    assert failed.acquire(timeout=60)
    process.send_signal(signal.SIGCONT)
    client.ping()
    client.delete(QUEUE)  # what reached its socket before it froze may be done now
    bell, rung, _ = bell_of(process)
    bell.ring()
    assert rung.acquire(timeout=60)
    assert client.llen(QUEUE) == 1


@pytest.mark.django_db
def test_an_emptied_redis_loses_no_mail(server, mailoutbox):
    process, client = server
    bell, rung, _ = bell_of(process)
    enqueue([mail(number) for number in range(3)], now=now())
    bell.ring()
    assert rung.acquire(timeout=60)
    client.flushall()
    assert (client.llen(QUEUE), len(mailoutbox)) == (0, 0)
    tasks.deliver()  # as beat has it done every few seconds
    assert (len(mailoutbox), OutboxMessage.objects.filter(state="sent").count()) == (3, 3)
