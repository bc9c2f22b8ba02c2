"""A real IMAP server on this machine: Dovecot, started on a free port with a mailbox of its own."""

import getpass
import imaplib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.outbox.mail_server import free_port

USER, PASSWORD = "soporte", "clave-inventada"

CONFIG = """\
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
mail_debug = no
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={internal} gid={group} home={folder}/mail/%u
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


def dovecot_path() -> str | None:
    return shutil.which("dovecot") or next(filter(os.path.exists, ["/usr/sbin/dovecot"]), None)


class Mailbox:
    """A mail server with one account; `deliver` puts a mail into its inbox, byte for byte."""

    def __init__(self, port: int) -> None:
        self.port = port

    @property
    def settings(self) -> dict[str, object]:
        return {
            "IMAP_HOST": "127.0.0.1",
            "IMAP_PORT": self.port,
            "IMAP_SECURITY": "none",
            "IMAP_USER": USER,
            "IMAP_PASSWORD": PASSWORD,
        }

    @contextmanager
    def opened(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=10) as client:
            client.login(USER, PASSWORD)
            yield client

    def deliver(self, *mails: bytes) -> None:
        with self.opened() as client:
            for mail in mails:
                status, told = client.append("INBOX", "", "", mail)
                assert status == "OK", told

    def found(self, criteria: str, folder: str = "INBOX") -> int:
        """How many mails of the folder fit."""
        with self.opened() as client:
            if client.select(folder, readonly=True)[0] != "OK":
                return 0
            return len(client.search(None, criteria)[1][0].split())


@contextmanager
def running() -> Iterator[Mailbox]:
    path = dovecot_path()
    assert path is not None
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    is_root = os.geteuid() == 0
    internal = "mail" if is_root else getpass.getuser()
    group = "mail" if is_root else str(os.getegid())
    port = free_port()
    config = folder / "dovecot.conf"
    config.write_text(
        CONFIG.format(
            folder=folder,
            port=port,
            internal=internal,
            group=group,
            login="nobody" if is_root else internal,
            password=PASSWORD,
        )
    )
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    if is_root:
        shutil.chown(folder / "mail", "mail", "mail")
    silent = subprocess.DEVNULL  # it would hold on to a pipe for ever
    server = subprocess.Popen([path, "-F", "-c", str(config)], stdin=silent, stdout=silent, stderr=silent)
    try:
        _wait_for(port, server, folder / "log")
        yield Mailbox(port)
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, server: subprocess.Popen, log: Path) -> None:
    for _ in range(200):
        try:
            with imaplib.IMAP4("127.0.0.1", port, timeout=5):
                return
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.05)
    raise RuntimeError(f"Dovecot did not start: {log.read_text()[-2000:] if log.exists() else 'no log'}")
