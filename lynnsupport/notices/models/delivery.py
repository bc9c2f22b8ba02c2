"""Who was told what, by which way, and how it fared (NOT-4)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Customer, Partner, Tenant
from lynnsupport.notices.domain import kinds
from lynnsupport.outbox.models import OutboxMessage

from .notice import KIND_LABELS, NoticeVersion


class Delivery(models.Model):
    """That one version went to one person by one way: written once, in the transaction of its mail.

    `partner` and `customer` are those of the person then; `customer` is empty for a partner's own people,
    `partner` too for Lynn's.
    """

    class Way(models.TextChoices):
        MAIL = kinds.Way.MAIL.value, _("Mail")
        BANNER = kinds.Way.BANNER.value, _("Banner")
        EXECUTIVE = kinds.Way.EXECUTIVE.value, _("Executive's digest")

    version = models.ForeignKey(
        NoticeVersion, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("version")
    )
    way = models.CharField(_("way"), max_length=9, choices=Way.choices)
    address = models.CharField(_("address"), max_length=254)
    name = models.CharField(_("name"), max_length=150, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("login"),
    )
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("partner")
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("customer"),
    )
    message = models.OneToOneField(
        OutboxMessage,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("message"),
    )
    is_declined = models.BooleanField(
        _("not wanted by mail"), default=False, help_text=_("The person had chosen not to receive this kind.")
    )
    at = models.DateTimeField(_("since"))
    dismissed_at = models.DateTimeField(_("put away at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["version_id", "way", "address"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["user", "version"],
                condition=Q(way="banner", dismissed_at__isnull=True),
                name="notice_banner_shown",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["version", "way", "address"], name="notice_told_once_per_way"),
            models.CheckConstraint(
                condition=Q(way__in=[way.value for way in kinds.Way]), name="notice_way_declared"
            ),
            models.CheckConstraint(
                condition=Q(way="banner", message__isnull=True, user__isnull=False)
                | Q(way__in=["mail", "executive"], is_declined=False, message__isnull=False)
                | Q(way="mail", is_declined=True, message__isnull=True),
                name="notice_delivery_has_its_mail",
            ),
            models.CheckConstraint(
                condition=Q(way="banner") | Q(dismissed_at__isnull=True), name="notice_only_banners_dismissed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} → {self.address}"


class MailChoice(models.Model):
    """That a person does not want a kind of notice by mail. No row: it is wanted."""

    address = models.CharField(_("address"), max_length=254)  # in small letters
    kind = models.CharField(_("kind"), max_length=12, choices=KIND_LABELS)
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("kind not wanted by mail")
        verbose_name_plural = _("kinds not wanted by mail")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["address", "kind"], name="mail_choice_once")]

    def __str__(self) -> str:
        return f"{self.address} · {self.kind}"


class TenantAddress(models.Model):
    """The secret part of the addresses of a tenant's own calendar and feed; a new one ends the old."""

    tenant = models.OneToOneField(
        Tenant, on_delete=models.PROTECT, related_name="+", verbose_name=_("tenant")
    )
    secret = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("secret address of a tenant")
        verbose_name_plural = _("secret addresses of tenants")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.tenant)
