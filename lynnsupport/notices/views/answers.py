"""What the answers to programs share: a language, an entity tag, and who may read them from a browser."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import (
    get_conditional_response,
    patch_cache_control,
    patch_vary_headers,
    set_response_etag,
)

LANGUAGES = frozenset({"es", "en"})
KEPT_SECONDS = 60


def language_of(request: HttpRequest) -> str:
    """`?lang=en`, else Spanish: a program's answer does not depend on whose browser asks."""
    asked = request.GET.get("lang", "")
    return asked if asked in LANGUAGES else "es"


def with_etag(request: HttpRequest, response: HttpResponse, *, is_private: bool = False) -> HttpResponse:
    """The response with an entity tag of its content, or 304 where the program has it already."""
    set_response_etag(response)
    patch_cache_control(response, max_age=KEPT_SECONDS, private=is_private, public=not is_private)
    answer = get_conditional_response(request, etag=response["ETag"], response=response)
    if answer is not response:
        patch_cache_control(answer, max_age=KEPT_SECONDS, private=is_private, public=not is_private)
    return answer


def allow_origins(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Lets pages of the origins in NOTICES_CORS_ORIGINS read the answer, without cookies."""
    allowed = settings.NOTICES_CORS_ORIGINS
    if "*" in allowed:
        response["Access-Control-Allow-Origin"] = "*"
    elif allowed:
        patch_vary_headers(response, ["Origin"])
        if (origin := request.headers.get("Origin")) in allowed:
            response["Access-Control-Allow-Origin"] = origin
    if response.has_header("Access-Control-Allow-Origin"):
        response["Access-Control-Expose-Headers"] = "ETag"
    return response


def json_answer(request: HttpRequest, content: dict[str, Any], *, is_private: bool = False) -> HttpResponse:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    return allow_origins(request, with_etag(request, response, is_private=is_private))
