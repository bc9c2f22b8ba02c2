"""The addresses that mails about notices name."""

from django.urls import include, path

urlpatterns = [path("", include("lynnsupport.notices.urls"))]
