"""Where monitors tell of outages: `/webhooks/alertmanager/` and `/webhooks/uptime-kuma/` (AVL-5).

A monitor shows its token as `Authorization: Bearer …`. Whoever has none is answered as if nothing were here,
before a byte of the body is read. A message that cannot be read is answered 400 without a word why.
"""

from collections.abc import Callable
from http import HTTPStatus

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from lynnsupport.common import clock
from tickets.incidents.domain import alertmanager, uptime_kuma
from tickets.incidents.domain.alerts import Message, NotUnderstood
from tickets.incidents.models import MonitorSource
from tickets.incidents.operations.hearing import hear
from tickets.incidents.operations.monitors import digest_of_token

from .bodies import NotJson, TooLarge, json_body

log = structlog.get_logger(__name__)

type Reader = Callable[..., Message]


@csrf_exempt
@require_POST
@never_cache
def from_alertmanager(request: HttpRequest) -> HttpResponse:
    return _told(request, MonitorSource.Kind.ALERTMANAGER, alertmanager.read)


@csrf_exempt
@require_POST
@never_cache
def from_uptime_kuma(request: HttpRequest) -> HttpResponse:
    return _told(request, MonitorSource.Kind.UPTIME_KUMA, uptime_kuma.read)


def _told(request: HttpRequest, kind: str, read: Reader) -> HttpResponse:
    source = _source(request, kind)
    now = clock.now()
    try:
        message = read(json_body(request, limit=settings.WEBHOOK_MAX_BYTES), now=now)
    except (TooLarge, RequestDataTooBig):
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except (NotJson, NotUnderstood, UnreadablePostError):
        log.warning("monitor_not_understood", monitor=source.pk, kind=kind)
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    heard = hear(source, message, now=now)
    if heard.unread:
        log.warning("monitor_partly_understood", monitor=source.pk, unread=heard.unread)
    return JsonResponse({"proposed": heard.proposed, "unread": heard.unread})


def _source(request: HttpRequest, kind: str) -> MonitorSource:
    """The monitor whose token the request shows; Http404 without, as for an address that is not there."""
    scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
    found = None
    if scheme.lower() == "bearer" and token.strip():
        digest = digest_of_token(token.strip())
        found = MonitorSource.objects.filter(token_digest=digest, kind=kind, is_active=True).first()
    if found is None:
        raise Http404
    return found
