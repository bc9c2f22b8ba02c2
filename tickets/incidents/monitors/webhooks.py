"""Where monitors report: POST only, authenticated by a token, answered without a word too many (AVL-5)."""

import json
from collections.abc import Callable
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from lynnsupport.common import clock
from tickets.incidents.domain.alerts import BadPayload, Heard, from_alertmanager, from_uptime_kuma
from tickets.incidents.models import MonitorSource

from .operations import digest_of, hear

BYTES_AT_MOST = 256 * 1024
TOKEN_AT_MOST = 200


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
    try:
        heard = understand(json.loads(body), now)
    except (BadPayload, ValueError, RecursionError):
        return HttpResponse(status=400)
    hear(source, heard, now=now)
    return HttpResponse(status=204)


def _source_of(request: HttpRequest, kind: MonitorSource.Kind) -> MonitorSource | None:
    """By `Authorization: Bearer` or `X-Monitor-Token`; never by anything in the address, which is logged."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = request.headers.get("X-Monitor-Token", "")
    token = token.strip()
    if not token or len(token) > TOKEN_AT_MOST:
        return None
    return MonitorSource.objects.filter(kind=kind, token_digest=digest_of(token), is_active=True).first()
