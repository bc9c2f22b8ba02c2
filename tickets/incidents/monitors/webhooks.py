"""Where monitors report: POST only, by token or signature, answered without a word too many (AVL-5).

`docs/monitors.md` says how to set a monitor up.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from lynnsupport.common import clock
from tickets.incidents.domain.alerts import BadPayload, Heard, from_alertmanager, from_uptime_kuma
from tickets.incidents.domain.signatures import is_fresh, is_signed
from tickets.incidents.models import MonitorSource

from .operations import digest_of, hear, hear_signed, signing_keys_of

BYTES_AT_MOST = 256 * 1024
TOKEN_AT_MOST = 200
SIGNATURE, TIMESTAMP = "X-Monitor-Signature", "X-Monitor-Timestamp"


@csrf_exempt
@require_POST
def alertmanager(request: HttpRequest) -> HttpResponse:
    return _receive(request, MonitorSource.Kind.ALERTMANAGER, from_alertmanager)


@csrf_exempt
@require_POST
def uptime_kuma(request: HttpRequest) -> HttpResponse:
    return _receive(request, MonitorSource.Kind.UPTIME_KUMA, from_uptime_kuma)


def _receive(
    request: HttpRequest, kind: MonitorSource.Kind, understand: Callable[[object, datetime], Heard]
) -> HttpResponse:
    source = _source_of(request, kind)
    if source is None:
        raise Http404
    body = request.read(BYTES_AT_MOST + 1)
    if len(body) > BYTES_AT_MOST:
        return HttpResponse(status=413)
    now = clock.now()
    signature = _signature_of(request, source, body)
    if signature and not is_fresh(request.headers[TIMESTAMP], now=now):
        return HttpResponse(status=409)
    try:
        heard = understand(json.loads(body), now)
    except (BadPayload, ValueError, RecursionError):
        return HttpResponse(status=400)
    if not signature:
        hear(source, heard, now=now)
    elif not hear_signed(source, heard, signature=signature, now=now):
        return HttpResponse(status=409)
    return HttpResponse(status=204)


def _source_of(request: HttpRequest, kind: MonitorSource.Kind) -> MonitorSource | None:
    """By its token, or the number that it signs under; never by anything in the address, which is logged."""
    sources = MonitorSource.objects.filter(kind=kind, is_active=True)
    if SIGNATURE in request.headers:
        number = request.headers.get("X-Monitor", "")
        if not re.fullmatch(r"[0-9]{1,9}", number):
            return None
        return sources.filter(pk=int(number)).exclude(key_salt="").first()
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = request.headers.get("X-Monitor-Token", "")
    token = token.strip()
    if not token or len(token) > TOKEN_AT_MOST:
        return None
    return sources.filter(token_digest=digest_of(token)).first()


def _signature_of(request: HttpRequest, source: MonitorSource, body: bytes) -> str:
    """The signature, where it is that of this body and moment; empty for a monitor that showed its token."""
    if not source.key_salt:
        return ""
    signature, timestamp = request.headers[SIGNATURE], request.headers.get(TIMESTAMP, "")
    keys = signing_keys_of(source)
    if not any(is_signed(signature, key=key, timestamp=timestamp, body=body) for key in keys):
        raise Http404
    return signature
