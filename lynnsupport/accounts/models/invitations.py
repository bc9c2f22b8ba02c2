"""An invitation of a colleague: single use, bound to address, role and organisation, for a few hours."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.domain.roles import PARTNER_ROLES

from .fields import AddressField
from .organisations import Customer, Partner
from .users import User


class Invitation(models.Model):
    """Whoever holds the token may make the login that it names, once. Only the token's digest is kept."""

    ROLE_LABELS = [pair for pair in User.ROLE_LABELS if pair[0] in PARTNER_ROLES]

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="invitations", verbose_name=_("partner")
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        related_name="invitations",
        verbose_name=_("customer"),
    )
    email = AddressField(_("e-mail"))
    name = models.CharField(_("name"), max_length=150)
    role = models.CharField(_("role"), max_length=20, choices=ROLE_LABELS)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("invited by")
    )
    invited_at = models.DateTimeField(_("invited at"))
    expires_at = models.DateTimeField(_("valid until"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-invited_at", "-id"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=sorted(role.value for role in PARTNER_ROLES)), name="invitation_role"
            ),
            models.CheckConstraint(condition=~Q(token_digest=""), name="invitation_has_token"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("invited_at")), name="invitation_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="invitation_one_end",
            ),
            # A second invitation of the same address takes the place of the first.
            models.UniqueConstraint(
                fields=["partner", "email"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_one_open_per_address",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.get_role_display()}"
