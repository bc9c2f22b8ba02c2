"""A bell for the worker that no request ever waits for.

Rows due in the outbox are found by beat every few seconds whatever happens here; the bell only saves the
wait. Publishing to a broker that is refused or frozen took six to seven seconds even with two-second socket
timeouts (the client tries its handshake several times), so a request must not do it: `nudge` hands the work
to a thread of its own and returns. One ring may wait while one is being published; more say nothing new and
are dropped. Between two rings it draws breath, so that a rush of facts costs a few messages a second and not
one each. After a failure the bell keeps quiet for half a minute. A process that ends at once may lose its
ring, never its row.
"""

import os
import queue
import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

QUIET_SECONDS = 30
BREATH_SECONDS = 0.2


class Bell:
    """Calls `publish` from a daemon thread. `ring` returns at once and never raises."""

    def __init__(
        self,
        publish: Callable[[], object],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        breathe: Callable[[], object] = lambda: time.sleep(BREATH_SECONDS),
    ):
        self._publish = publish
        self._monotonic = monotonic
        self._breathe = breathe
        self.forget()
        os.register_at_fork(after_in_child=self.forget)

    def forget(self) -> None:
        """Starts afresh: a forked child has inherited the bell, but not its thread."""
        self._rings: queue.Queue[None] = queue.Queue(maxsize=1)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._quiet_until = float("-inf")

    def ring(self) -> None:
        if self._is_quiet():
            return
        try:
            self._rings.put_nowait(None)
        except queue.Full:
            return
        with self._starting:
            if self._thread is None:
                self._thread = self._started_thread()

    def _is_quiet(self) -> bool:
        return self._monotonic() < self._quiet_until

    def _started_thread(self) -> threading.Thread | None:
        thread = threading.Thread(target=self._serve, name="outbox-bell", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the process is ending, or has no threads left; beat finds the rows
            return None
        return thread

    def _serve(self) -> None:
        while True:
            self._rings.get()
            if self._is_quiet():  # it waited while the one before it failed
                continue
            try:
                self._publish()
            except Exception as error:
                self._quiet_until = self._monotonic() + QUIET_SECONDS
                log.warning("outbox_nudge_failed", error=f"{type(error).__name__}: {error}")
            self._breathe()


def _publish() -> None:
    from .tasks import deliver  # the task calls the operations, which ring this bell

    deliver.apply_async(retry=False)


_bell = Bell(_publish)


def nudge() -> None:
    """Tells the worker that something is due. Call it after commit, never inside a transaction."""
    _bell.ring()
