"""The portal's addresses and a page that does next to nothing, for others to be measured against.

It passes every middleware, opens the session, loads its user, asks one thing more and renders a template.
"""

from functools import cache

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template import Template, engines
from django.urls import path

from lynnsupport.accounts.models import Contact
from lynnsupport.urls import handler400, handler500
from lynnsupport.urls import urlpatterns as portal

TRIVIAL = (
    "<!doctype html><title>{{ portal_name }}</title><h1>{{ user.name }}</h1><p>{{ contact.partner }}</p>"
)


@cache
def _template(source: str) -> Template:
    return engines["django"].from_string(source)


@login_required
def trivial(request: HttpRequest) -> HttpResponse:
    contact = Contact.objects.select_related("partner").get(user=request.user)
    return HttpResponse(_template(TRIVIAL).render({"contact": contact}, request))


urlpatterns = [path("trivial/", trivial), *portal]
__all__ = ["handler400", "handler500", "urlpatterns"]
