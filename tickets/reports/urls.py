"""The addresses under `/informes/`."""

from django.urls import path

from . import views

app_name = "reports"

urlpatterns = [
    path("", views.month, name="month"),
    path("<slug:table>.csv", views.csv_table, name="csv"),
]
