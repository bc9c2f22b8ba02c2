"""What machines ask: is the process alive, is the installation fit, what do its figures say."""

from secrets import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from lynnsupport.common.clock import now
from lynnsupport.settings.reader import is_loopback

from .metrics import exposition
from .queries import readiness_problems


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """200 while this process answers at all; restart it when it does not."""
    return JsonResponse({"status": "live"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when everything that the promises rest on works; 503 with what does not."""
    problems = readiness_problems(now())
    return JsonResponse(
        {
            "status": "not ready" if problems else "ready",
            "problems": [{"area": problem.area, "text": problem.text} for problem in problems],
        },
        status=503 if problems else 200,
    )


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus; for others the page does not exist."""
    if not _may_read_metrics(request):
        return HttpResponseNotFound()
    return HttpResponse(exposition(now()), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        sent = request.headers.get("Authorization", "")
        return compare_digest(sent.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    # behind a proxy every request seems to come from this machine
    return not settings.TRUSTED_PROXY_HOPS and is_loopback(request.META.get("REMOTE_ADDR", ""))
