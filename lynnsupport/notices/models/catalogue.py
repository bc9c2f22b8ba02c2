"""What notices speak of: Lynn's products and channels, who stands behind them, and who uses them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Tenant


class Provider(models.Model):
    """A third party on which Lynn's service stands: Meta, Twilio, Azure."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    slug = models.SlugField(_("short name in addresses"), unique=True)

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """A product or channel that a tenant uses or does not."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    slug = models.SlugField(_("short name in addresses"), unique=True)
    provider = models.ForeignKey(
        Provider,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
        verbose_name=_("provider"),
        help_text=_("The third party behind it; empty where it is Lynn's own."),
    )
    is_active = models.BooleanField(_("offered in new notices"), default=True)

    class Meta:
        verbose_name = _("product or channel")
        verbose_name_plural = _("products and channels")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TenantProduct(models.Model):
    """That a tenant uses a product. A tenant without any such row counts as using them all."""

    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="products_used", verbose_name=_("tenant")
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="used_by", verbose_name=_("product or channel")
    )

    class Meta:
        verbose_name = _("product of a tenant")
        verbose_name_plural = _("products of tenants")
        ordering = ["tenant__code", "product__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "product"],
                name="tenant_product_once",
                violation_error_message=_("This tenant already has this product."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.tenant.code} · {self.product}"
