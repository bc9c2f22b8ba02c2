"""Many people at once: threads with connections of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections


def at_once[Given](times: int, work: Callable[[int], Given]) -> list[Given]:
    """`work(number)` in as many threads at once; what each gave, in order."""

    def alone(number: int) -> Any:
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(alone, range(times)))
