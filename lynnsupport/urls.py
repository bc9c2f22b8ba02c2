"""The map of addresses. Every app's addresses join here and nowhere else."""

from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
]
