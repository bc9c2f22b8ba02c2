"""The catalogue at the desk: products and channels, providers, and which tenant uses what."""

from django.contrib import admin

from lynnsupport.common.admin import RolePermissionsAdmin
from lynnsupport.notices.models import Product, Provider, TenantProduct


class CataloguePermissions(RolePermissionsAdmin):
    view_permission = "notices.view_notice"
    change_permission = "notices.write_notice"


@admin.register(Provider)
class ProviderAdmin(CataloguePermissions, admin.ModelAdmin):
    list_display = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    search_fields = ["name"]

    def get_prepopulated_fields(self, request, obj=None):
        return self.prepopulated_fields if self.has_change_permission(request, obj) else {}


@admin.register(Product)
class ProductAdmin(CataloguePermissions, admin.ModelAdmin):
    list_display = ["name", "slug", "provider", "is_active"]
    list_filter = ["provider", "is_active"]
    list_select_related = ["provider"]
    prepopulated_fields = {"slug": ["name"]}
    search_fields = ["name"]

    def get_prepopulated_fields(self, request, obj=None):
        return self.prepopulated_fields if self.has_change_permission(request, obj) else {}


@admin.register(TenantProduct)
class TenantProductAdmin(CataloguePermissions, admin.ModelAdmin):
    """A tenant uses what is listed; one without any row counts as using everything, so rows may go again."""

    list_display = ["tenant", "product"]
    list_filter = ["product"]
    list_select_related = ["tenant", "product"]
    search_fields = ["tenant__code", "tenant__name", "product__name"]
    autocomplete_fields = ["tenant", "product"]

    def has_delete_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)
