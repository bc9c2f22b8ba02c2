"""The map of addresses. Every app's addresses join here and nowhere else."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("lynnsupport.accounts.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "lynnsupport.portal.errors.bad_request"
handler500 = "lynnsupport.portal.errors.server_error"
