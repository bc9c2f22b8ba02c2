"""Runs a few programs as one: they start together, and when one ends or a signal comes all of them end.

Each child leads a process group of its own, so that Ctrl-C reaches it only through `stop`, and so that what a
child has started in its turn ends with it.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_EVERY_SECONDS = 0.1


@dataclass(frozen=True)
class Program:
    """What to run under which name, and the file that takes everything it prints."""

    name: str
    command: Sequence[str]
    log: Path


class ChildEnded(Exception):
    """A program ended that should have gone on."""

    def __init__(self, program: Program, exit_code: int) -> None:
        super().__init__(f"{program.name} ended by itself (exit code {exit_code}).")
        self.program = program


class Supervisor:
    """`with Supervisor(environment) as s: s.start(...); s.watch()`; leaving the block stops every child."""

    def __init__(self, environment: Mapping[str, str], *, patience: float = 20) -> None:
        self._environment = dict(environment)
        self._patience = patience
        self._children: list[tuple[Program, subprocess.Popen[bytes]]] = []
        self._former_handlers: dict[signal.Signals, Any] = {}
        self._is_interruptible = False
        self.is_stopping = False

    def __enter__(self) -> "Supervisor":
        for number in STOP_SIGNALS:
            self._former_handlers[number] = signal.signal(number, self._asked_to_stop)
        return self

    def __exit__(self, *_exception) -> None:
        self.stop()
        for number, handler in self._former_handlers.items():
            signal.signal(number, handler)

    def _asked_to_stop(self, *_signal) -> None:
        self.is_stopping = True
        if self._is_interruptible:
            raise KeyboardInterrupt

    @contextmanager
    def meanwhile(self) -> Iterator[None]:
        """For work of one's own beside the children: a signal to stop interrupts it (KeyboardInterrupt)."""
        self._is_interruptible = True
        try:
            yield
        finally:
            self._is_interruptible = False

    def start(self, program: Program) -> None:
        program.log.parent.mkdir(parents=True, exist_ok=True)
        with program.log.open("wb") as log:
            child = subprocess.Popen(  # noqa: S603  only programs that the code names
                program.command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._children.append((program, child))

    def pause(self) -> None:
        """Waits a moment. ChildEnded if a child has ended meanwhile."""
        time.sleep(LOOK_EVERY_SECONDS)
        for program, child in self._children:
            exit_code = child.poll()
            if exit_code is not None and not self.is_stopping:
                raise ChildEnded(program, exit_code)

    def watch(self) -> None:
        """Returns when a signal asks to stop; ChildEnded when a child ends before that."""
        while not self.is_stopping:
            self.pause()

    def stop(self) -> None:
        """Asks every child to end, waits up to `patience` seconds in all, then ends what is left."""
        self.is_stopping = True
        deadline = time.monotonic() + self._patience
        for _program, child in self._children:
            _signal_group(child, signal.SIGTERM)
        for _program, child in self._children:
            with suppress(subprocess.TimeoutExpired):
                child.wait(timeout=max(0, deadline - time.monotonic()))
            _signal_group(child, signal.SIGKILL)  # the child, or what it left behind
            child.wait()
        self._children.clear()


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)
