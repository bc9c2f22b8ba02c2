"""A refusal that explains itself: which rule, why, from when it would be allowed, what to do instead."""

from datetime import datetime


class Refused(Exception):
    """An act that the rules do not allow now. Raised by operations, shown by interfaces.

    `reason` and `instead` are sentences for the reader (lazily translated), `rule` a rule number or "",
    `allowed_from` the instant from which the act would be allowed, if there is one.
    """

    def __init__(
        self, reason: str, *, rule: str = "", instead: str = "", allowed_from: datetime | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.rule = rule
        self.instead = instead
        self.allowed_from = allowed_from

    def __str__(self) -> str:
        sentence = " ".join(str(part) for part in (self.reason, self.instead) if part)
        return f"{sentence} ({self.rule})" if self.rule else sentence
