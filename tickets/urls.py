"""The portal's addresses under `/tickets/`."""

from django.urls import path, register_converter

from .views import acts, attachment, detail, dispute, listing, new, receipt, solution
from .views.reach import TicketNumber

app_name = "tickets"

register_converter(TicketNumber, "ticket_number")

urlpatterns = [
    path("", listing.ticket_list, name="list"),
    path("nuevo/", new.new_ticket, name="new"),
    path("nuevo/borrador/", new.keep_typing, name="draft"),
    path("nuevo/consejo/", new.advise, name="advice"),
    path("<ticket_number:number>/", detail.detail, name="detail"),
    path("<ticket_number:number>/responder/", acts.reply, name="reply"),
    path("<ticket_number:number>/poner-en-marcha/", acts.escalate_ticket, name="escalate"),
    path("<ticket_number:number>/solucion/", solution.solution, name="solution"),
    path("<ticket_number:number>/aceptar-solucion/", acts.accept, name="accept"),
    path("<ticket_number:number>/objetar-gravedad/", dispute.dispute, name="dispute"),
    path("<ticket_number:number>/plazos/<slug:kind>/", receipt.receipt, name="receipt"),
    path("<ticket_number:number>/plazos/<slug:kind>.json", receipt.receipt_json, name="receipt_json"),
    path("<ticket_number:number>/plazos/<slug:kind>/<int:clock_id>/", receipt.receipt, name="receipt"),
    path(
        "<ticket_number:number>/plazos/<slug:kind>/<int:clock_id>.json",
        receipt.receipt_json,
        name="receipt_json",
    ),
    path("<ticket_number:number>/adjuntos/<uuid:public_id>/", attachment.attachment, name="attachment"),
]
