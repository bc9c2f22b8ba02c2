"""The support engineers' desk: Django's admin with a start page of what falls due."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class DeskSite(admin.AdminSite):
    site_header = _("Lynn support desk")
    site_title = _("Lynn support desk")
    index_title = _("Desk")
