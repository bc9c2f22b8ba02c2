from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "lynnsupport.portal"
    label = "portal"
    verbose_name = _("Portal")


class DeskConfig(AdminConfig):
    default_site = "lynnsupport.portal.desk.DeskSite"
