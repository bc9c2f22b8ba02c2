from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "lynnsupport.portal"
    label = "portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        from lynnsupport import checks  # noqa: F401  registered by being imported

        from . import recorder  # noqa: F401  likewise connected to Celery's signals


class DeskConfig(AdminConfig):
    default_site = "lynnsupport.portal.desk.DeskSite"
