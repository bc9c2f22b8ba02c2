"""The map of addresses. Every app's addresses join here and nowhere else."""

from django.contrib import admin
from django.urls import include, path

from lynnsupport.portal import health
from lynnsupport.portal.gallery import gallery
from lynnsupport.portal.home import home

urlpatterns = [
    path("", home, name="home"),
    path("", include("lynnsupport.accounts.urls")),
    path("admin/", admin.site.urls),
    path("correo-de-prueba/", include("tickets.inbound.urls")),
    path("galeria/", gallery, name="gallery"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("tickets/", include("tickets.urls")),
    path("", include("tickets.escalation.urls")),
    path("", include("tickets.cooperation.urls")),
    path("", include("credits.urls")),
    path("incidentes/", include("tickets.incidents.urls")),
    path("informes/", include("tickets.reports.urls")),
    path("webhooks/", include("tickets.incidents.monitors.urls")),
    path("metrics", health.metrics, name="metrics"),
    path("", include("lynnsupport.notices.urls")),
]

handler400 = "lynnsupport.portal.errors.bad_request"
handler500 = "lynnsupport.portal.errors.server_error"
