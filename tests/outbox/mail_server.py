"""A real mail server on this machine, for tests in and outside Django."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller


@dataclass(frozen=True)
class Arrival:
    """One message that the server accepted."""

    recipients: tuple[str, ...]
    raw: bytes
    sender: str = ""  # the envelope's

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def message_id(self) -> str:
        return self.message["Message-ID"]


def accept(recipient: str) -> str:
    return "250 OK"


class MailServer:
    """A real SMTP server. `on_recipient` and `on_data` choose its replies and may do mischief first."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.connections = 0
        self.on_recipient: Callable[[str], str] = accept
        self.on_data: Callable[[str], str] = accept
        self._lock = threading.Lock()
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> "MailServer":
        self._controller.start()
        self.connections = 0  # the controller tried the door itself
        return self

    def __exit__(self, *failure) -> None:
        self._controller.stop()

    @property
    def settings(self) -> dict[str, object]:
        """The MAILERS that lead here."""
        options = {"host": "127.0.0.1", "port": self.port, "timeout": 10}
        return {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # aiosmtpd's name
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):  # aiosmtpd's name
        reply = self.on_recipient(address)
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server, session, envelope):  # aiosmtpd's name
        recipients = tuple(envelope.rcpt_tos)
        with self._lock:
            reply = self.on_data(recipients[0])
            if reply.startswith("2"):
                self.arrivals.append(Arrival(recipients, envelope.original_content, envelope.mail_from))
        return reply


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
