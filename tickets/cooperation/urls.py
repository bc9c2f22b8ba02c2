"""The portal's addresses of cooperation: under a ticket, and the contacts of customers."""

from django.urls import path

from .views import access, contacts, requests

app_name = "cooperation"

urlpatterns = [
    path(
        "tickets/<ticket_number:number>/solicitudes/<int:pk>/",
        requests.answer_request,
        name="answer",
    ),
    path("tickets/<ticket_number:number>/accesos/<int:pk>/", access.access_page, name="access"),
    path("tickets/<ticket_number:number>/accesos/<int:pk>/decidir/", access.decide, name="decide_access"),
    path("tickets/<ticket_number:number>/accesos/<int:pk>/revocar/", access.revoke, name="revoke_access"),
    path("contactos/", contacts.contacts, name="contacts"),
    path("contactos/<int:pk>/proponer/", contacts.propose, name="propose"),
]
