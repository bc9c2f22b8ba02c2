"""How a monitor signs what it says: HMAC-SHA256 over the moment and the body."""

import hmac
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256

FRESH_FOR = timedelta(minutes=5)  # either way: clocks differ

_WRITTEN = re.compile(r"sha256=([0-9a-f]{64})")
_SECONDS = re.compile(r"[0-9]{1,12}")


def signature_of(key: str, timestamp: str, body: bytes) -> str:
    """`sha256=` and the digest in hexadecimal, of `<timestamp>.<body>`."""
    return f"sha256={hmac.new(key.encode(), timestamp.encode() + b'.' + body, sha256).hexdigest()}"


def is_signed(signature: str, *, key: str, timestamp: str, body: bytes) -> bool:
    """Whether the signature is that of this very moment and body; compared in constant time."""
    if not _WRITTEN.fullmatch(signature) or not _SECONDS.fullmatch(timestamp):
        return False
    return hmac.compare_digest(signature, signature_of(key, timestamp, body))


def is_fresh(timestamp: str, *, now: datetime) -> bool:
    """Whether what was signed at `timestamp` (seconds since 1970) may still be taken."""
    seconds = int(timestamp)
    return abs(seconds - int(now.astimezone(UTC).timestamp())) <= FRESH_FOR.total_seconds()
