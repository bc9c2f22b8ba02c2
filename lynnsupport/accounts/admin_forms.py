"""The forms of the directory at the desk: what each field means, and what needs a reason."""

from django.utils.translation import gettext_lazy as _

from lynnsupport.common.admin import ReasonForm

from .domain.roles import LYNN_ROLES, PARTNER_ROLES, ROLES
from .models import Partner, User


class PartnerForm(ReasonForm):
    reasoned_fields = ("approval",)

    class Meta:
        model = Partner
        fields = "__all__"
        help_texts = {
            "approval": _("Only approved partners are attended; the others read whom to contact (SUP-4)."),
            "executive": _("Reviews escalations, and is whom an unapproved partner is sent to."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "approval" in self.fields and self.instance.approval != Partner.Approval.PENDING:
            self.fields["approval"].choices = [
                (value, label)
                for value, label in Partner.Approval.choices
                if value != Partner.Approval.PENDING
            ]


class UserForm(ReasonForm):
    """Lynn's people keep to Lynn's roles, a contact's login to a partner's."""

    reasoned_fields = ("email", "role", "is_active")

    class Meta:
        model = User
        fields = "__all__"
        help_texts = {
            "email": _("The name to sign in with. Whoever reads mail there can set a new password."),
            "time_zone": _("Dates and times are shown on this clock."),
            "is_active": _("Unticking it ends every session at once; a new password is needed to come back."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "role" in self.fields:
            side = PARTNER_ROLES if self.instance.pk and self.instance.is_partner_side else LYNN_ROLES
            self.fields["role"].choices = [
                (value, f"{label}: {_(ROLES[value].sentence)}")
                for value, label in User.ROLE_LABELS
                if value in side
            ]


class ContactForm(ReasonForm):
    class Meta:
        help_texts = {
            "partner": _("The organisation the person belongs to; it stays."),
            "email": _("Mails of their tickets go here, and mails from here are matched to this person."),
        }


class DesignationForm(ReasonForm):
    class Meta:
        help_texts = {
            "contact": _("Of the customer, or of its partner."),
            "starts_on": _("Counts from this day on, by the customer's calendar (CON-1)."),
            "last_day_on": _("The last day that counts. Empty while no end is agreed."),
            "agreed_by": _("Who agreed it for Lynn."),
        }


class CertificationForm(ReasonForm):
    class Meta:
        help_texts = {
            "starts_on": _("Counts from this day on, by the customer's calendar (CON-1)."),
            "last_day_on": _("The last day that counts. A renewal is a new certificate."),
        }
