"""The notices' addresses: pages and feeds under `/avisos/`, and the two that other programs look for."""

from django.urls import path, register_converter

from .views import feeds, machine, mine, pages
from .views.reach import Reference

app_name = "notices"

register_converter(Reference, "notice_reference")

urlpatterns = [
    path("avisos/", pages.archive, name="archive"),
    path("avisos/atom.xml", feeds.NoticesFeed(), name="atom"),
    path("avisos/calendario.ics", machine.calendar, name="calendar"),
    path("avisos.json", machine.feed, name="feed"),
    path("api/v2/summary.json", machine.summary, name="summary"),
    path("avisos/mis-avisos/", mine.choices, name="choices"),
    path("avisos/mis-avisos/direccion/", mine.new_address, name="new_address"),
    path("avisos/baja/<str:token>/", mine.decline, name="decline"),
    path("avisos/privado/<str:secret>/calendario.ics", machine.tenant_calendar, name="tenant_calendar"),
    path("avisos/privado/<str:secret>/avisos.json", machine.tenant_feed, name="tenant_feed"),
    path("avisos/<notice_reference:reference>/", pages.detail, name="detail"),
    path("avisos/<notice_reference:reference>/descartar/", mine.put_away, name="dismiss"),
]
