"""The portal's addresses and two pages that do next to nothing, for others to be measured against.

Each passes every middleware, opens the session, loads its user, asks one thing more and renders a template.
"""

from functools import cache

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template import Template, engines
from django.urls import path

from lynnsupport.accounts.access import contact_of
from lynnsupport.urls import handler400, handler500
from lynnsupport.urls import urlpatterns as portal

TRIVIAL = (
    "<!doctype html><title>{{ portal_name }}</title><h1>{{ user.name }}</h1><p>{{ contact.partner }}</p>"
)
FRAME = '{% extends "base.html" %}{% block content %}<h1>{{ user.name }}</h1>{% endblock %}'


@cache
def _template(source: str) -> Template:
    return engines["django"].from_string(source)


@login_required
def trivial(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_template(TRIVIAL).render({"contact": contact_of(request.user)}, request))


@login_required
def frame(request: HttpRequest) -> HttpResponse:
    """The same within what surrounds every page: navigation, banners, telephone numbers."""
    return HttpResponse(_template(FRAME).render({"contact": contact_of(request.user)}, request))


urlpatterns = [path("trivial/", trivial), path("marco/", frame), *portal]
__all__ = ["handler400", "handler500", "urlpatterns"]
