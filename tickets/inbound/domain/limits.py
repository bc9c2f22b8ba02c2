"""How much of a mail is read before it is put aside: nothing that a stranger sends may cost without end."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds on one mail. `seconds` is looked at between parts, so one part may overrun it."""

    total_bytes: int = 50 * 1024 * 1024
    header_bytes: int = 256 * 1024
    parts: int = 200
    depth: int = 10
    decoded_bytes: int = 100 * 1024 * 1024
    text_characters: int = 1_000_000
    seconds: int = 20


class OverLimit(ValueError):
    """The mail is larger, deeper or slower than what is read; `what` names the bound in a word of ours."""

    def __init__(self, what: str, bound: int) -> None:
        super().__init__(f"{what} > {bound}")
        self.what = what
        self.bound = bound


@dataclass
class Budget:
    """What is left of the limits while one mail is read. `elapsed` gives the seconds since it was begun."""

    limits: Limits
    elapsed: Callable[[], float]
    parts: int = 0
    decoded: int = 0

    def part(self, depth: int) -> None:
        self.parts += 1
        if self.parts > self.limits.parts:
            raise OverLimit("parts", self.limits.parts)
        if depth > self.limits.depth:
            raise OverLimit("depth", self.limits.depth)
        if self.elapsed() > self.limits.seconds:
            raise OverLimit("seconds", self.limits.seconds)

    def bytes_decoded(self, count: int) -> None:
        self.decoded += count
        if self.decoded > self.limits.decoded_bytes:
            raise OverLimit("decoded bytes", self.limits.decoded_bytes)


def check_before_parsing(raw: bytes, limits: Limits) -> None:
    """OverLimit for what should not even be taken apart: too long, or made of far too many parts.

    The standard parser calls itself for each nested part, so the count of part heads bounds its depth too.
    """
    if len(raw) > limits.total_bytes:
        raise OverLimit("bytes", limits.total_bytes)
    if header_length(raw) > limits.header_bytes:
        raise OverLimit("header bytes", limits.header_bytes)
    if raw.lower().count(b"content-type:") > limits.parts * 10:
        raise OverLimit("parts", limits.parts)


def header_length(raw: bytes) -> int:
    """Where the mail's own header ends: at its first empty line, in any of the three line ends."""
    ends = [found for mark in (b"\n\n", b"\r\n\r\n", b"\r\r") if (found := raw.find(mark)) >= 0]
    return min(ends, default=len(raw))
