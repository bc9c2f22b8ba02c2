"""The portal's addresses under `/disponibilidad/` and `/creditos/`."""

from django.urls import path, register_converter

from .views import claim, claims, cycle, files, note, overview, plan
from .views.reach import CycleName

app_name = "credits"

register_converter(CycleName, "cycle")

urlpatterns = [
    path("disponibilidad/", overview.overview, name="overview"),
    path("disponibilidad/simular/", plan.plan, name="plan"),
    path("disponibilidad/<str:code>/<cycle:month>/", cycle.cycle, name="cycle"),
    path("disponibilidad/<str:code>/<cycle:month>.json", files.statement_json, name="cycle_json"),
    path("disponibilidad/<str:code>/<cycle:month>.csv", files.statement_csv, name="cycle_csv"),
    path("disponibilidad/<str:code>/<cycle:month>/reclamar/", cycle.file, name="file"),
    path("creditos/", claims.claims, name="claims"),
    path("creditos/libro.csv", files.ledger_csv, name="ledger_csv"),
    path("creditos/libro.json", files.ledger_json, name="ledger_json"),
    path("creditos/<int:pk>/", claim.claim, name="claim"),
    path("creditos/<int:pk>/decidir/", claim.decide, name="decide"),
    path("creditos/<int:pk>/emitir/", claim.issue, name="issue"),
    path("creditos/<int:pk>/saldar/", claim.settle, name="settle"),
    path("creditos/<int:pk>/revertir/", claim.reverse, name="reverse"),
    path("creditos/<int:pk>/retirar/", claim.withdraw, name="withdraw"),
    path("creditos/<int:pk>/medir/", claim.measure, name="measure"),
    path("creditos/notas/<str:number>/", note.note, name="note"),
    path("creditos/notas/<str:number>.pdf", note.note_pdf, name="note_pdf"),
]
