"""The pages for what went wrong on our side. They ask no database and no session: either may be the cause."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from .context import portal


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(render_to_string("400.html", portal(request)), status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    return HttpResponse(render_to_string("500.html", portal(request)), status=500)
