"""The portal's addresses of escalation, below a ticket's and on their own."""

from django.urls import path

import tickets.urls  # noqa: F401  it registers the converter of ticket numbers

from .views import executive, priority, ways

app_name = "escalation"

_TICKET = "tickets/<ticket_number:number>/"

urlpatterns = [
    path(_TICKET + "escalar/", ways.show_ways, name="ways"),
    path(_TICKET + "escalar/mesa/", ways.to_desk, name="desk"),
    path(_TICKET + "escalar/ejecutivo/", ways.to_executive, name="executive"),
    path(_TICKET + "pedir-cambio-de-prioridad/", priority.priority, name="priority"),
    path("escalamientos/", executive.queue, name="queue"),
    path("escalamientos/suplencias/", executive.deputies, name="deputies"),
    path("escalamientos/suplencias/<int:pk>/terminar/", executive.end, name="end_deputy"),
    path("escalamientos/<int:pk>/", executive.case, name="case"),
    path("escalamientos/<int:pk>/<slug:slug>/", executive.act, name="act"),
]
