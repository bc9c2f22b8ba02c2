"""The support engineers' desk: Django's admin with a start page of what falls due."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _


@method_decorator(secure_admin_login, name="login")  # the portal's login, with its limits and second factor
class DeskSite(admin.AdminSite):
    site_header = _("Lynn support desk")
    site_title = _("Lynn support desk")
    index_title = _("Desk")
