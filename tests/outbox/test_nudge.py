"""The bell: never in a request's way, whatever the broker does."""

import os
import socket
import threading

import pytest
from celery import Celery

from lynnsupport.outbox.nudge import QUIET_SECONDS, Bell


class Publisher:
    """Publishes when told to, and remembers."""

    def __init__(self, error: Exception | None = None):
        self.error = error
        self.calls = 0
        self.began = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)
        self.ended = threading.Semaphore(0)

    def __call__(self) -> None:
        self.calls += 1
        self.began.release()
        self.may_end.acquire(timeout=60)
        try:
            if self.error:
                raise self.error
        finally:
            self.ended.release()


def wait_for(semaphore: threading.Semaphore) -> None:
    assert semaphore.acquire(timeout=60)


def test_a_ring_is_published_from_another_thread():
    threads = []
    done = threading.Event()
    Bell(lambda: (threads.append(threading.current_thread()), done.set())).ring()
    assert done.wait(60)
    assert (len(threads), threads[0] is threading.main_thread(), threads[0].daemon) == (1, False, True)


def test_rings_during_a_slow_publish_return_at_once_and_become_one():
    publisher = Publisher()
    bell = Bell(publisher)
    bell.ring()
    wait_for(publisher.began)
    for _ in range(100):  # while it hangs: each returns, or the test would never get past it
        bell.ring()
    publisher.may_end.release()
    wait_for(publisher.ended)
    wait_for(publisher.began)
    publisher.may_end.release()
    wait_for(publisher.ended)
    assert (publisher.calls, publisher.began.acquire(timeout=0.2)) == (2, False)


def test_a_rush_of_rings_between_two_breaths_is_one_message():
    publisher, breaths, may_go_on = Publisher(), threading.Semaphore(0), threading.Semaphore(0)

    def breathe() -> None:
        breaths.release()
        may_go_on.acquire(timeout=60)

    bell = Bell(publisher, breathe=breathe)
    publisher.may_end.release(3)
    bell.ring()
    wait_for(breaths)
    for _ in range(100):
        bell.ring()
    assert publisher.calls == 1
    may_go_on.release()
    wait_for(breaths)  # the rush was published, and nothing is left of it
    may_go_on.release()
    assert (publisher.calls, breaths.acquire(timeout=0.2)) == (2, False)


def test_after_a_failure_the_bell_keeps_quiet_for_a_while():
    clock = [0.0]
    publisher = Publisher(error=OSError("refused"))
    bell = Bell(publisher, monotonic=lambda: clock[0])
    bell.ring()
    wait_for(publisher.began)
    bell.ring()  # waits, and is dropped when the first one fails
    publisher.may_end.release()
    wait_for(publisher.ended)
    assert not publisher.began.acquire(timeout=0.2)
    clock[0] = QUIET_SECONDS - 1
    bell.ring()
    assert not publisher.began.acquire(timeout=0.2)
    clock[0] = QUIET_SECONDS
    bell.ring()
    wait_for(publisher.began)
    publisher.may_end.release()
    wait_for(publisher.ended)
    assert publisher.calls == 2


def test_a_ring_never_raises_where_no_thread_can_start(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    Bell(Publisher()).ring()


def test_a_forked_child_rings_a_bell_of_its_own():
    heard_by, rings = os.pipe()
    bell = Bell(lambda: os.write(rings, str(os.getpid()).encode()))
    bell.ring()
    assert os.read(heard_by, 20) == str(os.getpid()).encode()
    bell.forget()  # what a fork does in the child; forking a process with threads is left to servers
    bell.ring()
    assert os.read(heard_by, 20) == str(os.getpid()).encode()
    os.close(heard_by)
    os.close(rings)


@pytest.fixture
def frozen_broker():
    """Takes connections, as a stopped process's socket does, and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(50)
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"


def test_a_frozen_broker_holds_up_nobody_but_the_bells_thread(frozen_broker):
    app = Celery("frozen", broker=frozen_broker, set_as_current=False)
    app.conf.broker_transport_options = {"socket_timeout": 0.3, "socket_connect_timeout": 0.3}
    asked, failed = threading.Event(), threading.Event()
    errors = []

    def publish():
        asked.set()
        try:
            app.send_task("outbox.deliver", retry=False)
        except Exception as error:
            errors.append(type(error).__name__)
            failed.set()
            raise

    bell = Bell(publish)
    bell.ring()
    assert asked.wait(60)
    bell.ring()
    assert not failed.is_set()  # both rings came back while the broker was still being waited for
    assert failed.wait(60)
    assert errors == ["OperationalError"]
