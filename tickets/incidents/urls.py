from django.urls import path

from . import views

app_name = "incidents"
urlpatterns = [
    path("", views.listing, name="list"),
    path("<str:number>/", views.detail, name="detail"),
    path("<str:number>/informe/", views.rca, name="rca"),
    path("<str:number>/informe.pdf", views.rca_pdf, name="rca_pdf"),
]
