"""`manage.py demo`: two minutes from nothing to a page, and nothing left behind."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from lynnsupport.portal.management.commands import demo
from lynnsupport.portal.supervisor import ChildEnded, Program, Supervisor

ROOT = Path(__file__).resolve().parents[2]
FOR_EVER = "import time; time.sleep(600)"


def _wait_until(condition, *, seconds=60):
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)
    return result


def _is_alive(pid):
    """Whether the process runs; one that has ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# --- the supervisor ---


@pytest.fixture
def program(tmp_path):
    def make(name, code):
        return Program(name, [sys.executable, "-c", code], tmp_path / "log" / f"{name}.log")

    return make


def _pid_in(log):
    return _wait_until(lambda: log.exists() and log.read_text().strip())


def test_supervisor_ends_when_asked_and_takes_grandchildren_along(program):
    parent = program(
        "parent",
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {FOR_EVER!r}])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)",
    )

    with Supervisor(os.environ) as supervisor:
        supervisor.start(parent)
        grandchild = _pid_in(parent.log)
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
        supervisor.watch()

    _wait_until(lambda: not _is_alive(grandchild))


def test_supervisor_says_which_program_ended_and_stops_the_rest(program):
    rest = program("rest", f"import os; print(os.getpid(), flush=True); {FOR_EVER}")

    with Supervisor(os.environ) as supervisor:
        supervisor.start(rest)
        pid = _pid_in(rest.log)
        supervisor.start(program("short", "raise SystemExit(3)"))
        with pytest.raises(ChildEnded, match=r"^short ended by itself \(exit code 3\)\.$"):
            supervisor.watch()

    assert not _is_alive(pid)


def test_supervisor_does_not_wait_for_ever(program):
    deaf = program(
        "deaf",
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(os.getpid(), flush=True)\n"
        "time.sleep(600)",
    )

    with Supervisor(os.environ, patience=0.2) as supervisor:
        supervisor.start(deaf)
        pid = _pid_in(deaf.log)

    assert not _is_alive(pid)


def test_supervisor_gives_signals_back(program):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]

    with Supervisor(os.environ):
        pass

    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_a_signal_interrupts_the_work_beside_the_children_and_ends_them(program):
    beside = program("beside", f"import os; print(os.getpid(), flush=True); {FOR_EVER}")

    def run():
        with Supervisor(os.environ) as supervisor:
            supervisor.start(beside)
            _pid_in(beside.log)
            with supervisor.meanwhile():
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(60)

    with pytest.raises(KeyboardInterrupt):
        run()
    assert not _is_alive(_pid_in(beside.log))


# --- what it refuses ---


@pytest.fixture
def embedded(settings):
    settings.SETTINGS_MODULE = "lynnsupport.settings.embedded"


@pytest.mark.usefixtures("embedded")
def test_demo_says_that_the_port_is_taken():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(CommandError) as refusal:
            call_command("demo", port=port)

    assert str(refusal.value) == (
        f"Port {port} is in use by another program. Choose another: make demo PORT={port + 1}"
    )


@pytest.mark.parametrize("port", [0, -1, 65_536])
@pytest.mark.usefixtures("embedded")
def test_demo_refuses_what_is_not_a_port(port):
    with pytest.raises(CommandError, match=f"^{port} is not a port"):
        call_command("demo", port=port)


def test_demo_refuses_other_settings():
    with pytest.raises(CommandError, match="embedded settings only"):
        call_command("demo", port=_free_port())


def test_demo_listens_on_this_machine_only():
    commands = [program.command for program in demo._programs(8000)]

    assert [word for command in commands for word in command if ":8000" in word] == ["127.0.0.1:8000"]


# --- the real thing, in a folder of its own ---


class Demo:
    def __init__(self, folder, *arguments):
        self.port = _free_port()
        self.output = folder / "output"
        hidden = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "BROKER_URL"}
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "manage.py", "demo", "--port", str(self.port), *arguments],
                cwd=ROOT,
                env=environment | {"PORTAL_VAR_DIR": str(folder / "var")},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def wait_for(self, text):
        def seen():
            assert self.process.poll() is None, self.output.read_text()
            return re.search(text, self.output.read_text())

        return _wait_until(seen, seconds=120)

    def children(self):
        tasks = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in tasks.read_text().split()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Shared by both runs: the second finds its database prepared."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture
def run_demo(folder):
    started = []

    def run(*arguments):
        started.append(Demo(folder, *arguments))
        return started[-1]

    yield run
    for one in started:
        if one.process.poll() is None:
            one.process.terminate()
            one.process.wait(timeout=30)


def test_demo_shows_a_page_works_off_what_is_due_and_stops_cleanly(run_demo):
    one = run_demo("--no-sample-data")
    one.wait_for(rf"The portal is at http://localhost:{one.port}/")
    children = one.children()

    assert one.get("/entrar/")[0] == 200
    _wait_until(lambda: one.get("/health/ready")[0] == 200)
    assert json.loads(one.get("/health/ready")[1]) == {"status": "ready", "problems": []}
    one.process.send_signal(signal.SIGINT)

    assert one.process.wait(timeout=30) == 0
    assert one.output.read_text().splitlines()[-1] == "Stopped."
    assert len(children) == 2
    assert [pid for pid in children if _is_alive(pid)] == []


def test_demo_stops_altogether_when_the_worker_dies(run_demo):
    one = run_demo("--no-sample-data")
    one.wait_for("The portal is at")
    web, worker = one.children()
    os.kill(worker, signal.SIGKILL)

    assert one.process.wait(timeout=30) == 1
    assert "The worker ended by itself (exit code -9). The rest is stopped too." in one.output.read_text()
    assert not _is_alive(web)
