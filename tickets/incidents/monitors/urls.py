from django.urls import path

from . import webhooks

app_name = "webhooks"
urlpatterns = [
    path("alertmanager/", webhooks.from_alertmanager, name="alertmanager"),
    path("uptime-kuma/", webhooks.from_uptime_kuma, name="uptime_kuma"),
]
