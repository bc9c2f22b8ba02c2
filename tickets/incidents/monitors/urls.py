from django.urls import path

from . import webhooks

app_name = "monitors"
urlpatterns = [
    path("alertmanager/", webhooks.alertmanager, name="alertmanager"),
    path("uptime-kuma/", webhooks.uptime_kuma, name="uptime_kuma"),
]
