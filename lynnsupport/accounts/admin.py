"""The directory at the desk: partners, customers, tenants, contracts, people and their access.

Who may look and change stands in `domain.roles`. Approval and access go through the same operations as
everywhere else; nothing is deleted, and what other rows rely on (a tenant's customer, a contact's partner)
is set once.
"""

from datetime import timedelta

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from lynnsupport.common import clock
from lynnsupport.common.admin import ReasonedAdmin, RolePermissionsAdmin
from lynnsupport.common.refusal import Refused

from . import operations
from .admin_forms import CertificationForm, ContactForm, DesignationForm, PartnerForm, UserForm
from .domain.roles import Role
from .invitations import send_access_link
from .models import Certification, Contact, Contract, Customer, Designation, Partner, Tenant, User

EVERYWHERE = (ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM)


class DirectoryAdmin(RolePermissionsAdmin, ReasonedAdmin, SimpleHistoryAdmin):
    """`set_once` names what is chosen for a new row and stays."""

    view_permission = "accounts.view_directory"
    change_permission = "accounts.change_directory"
    set_once: tuple[str, ...] = ()

    def get_readonly_fields(self, request, obj=None):
        readonly = super().get_readonly_fields(request, obj)
        return (*readonly, *self.set_once) if obj else readonly


class InForceFilter(admin.SimpleListFilter):
    """By the civil date of the reader; `starts_on` and `last_day_on` are included."""

    title = _("validity")
    parameter_name = "validity"

    def lookups(self, request, model_admin):
        return [
            ("now", _("Valid today")),
            ("ending", _("Ends within 30 days")),
            ("ended", _("Ended")),
            ("later", _("Begins later")),
        ]

    def queryset(self, request, queryset):
        today = timezone.localdate(clock.now())
        not_ended = Q(last_day_on__isnull=True) | Q(last_day_on__gte=today)
        conditions = {
            "now": Q(starts_on__lte=today) & not_ended,
            "ending": Q(last_day_on__gte=today, last_day_on__lte=today + timedelta(days=30)),
            "ended": Q(last_day_on__lt=today),
            "later": Q(starts_on__gt=today),
        }
        return queryset.filter(conditions[self.value()]) if self.value() in conditions else queryset


@admin.register(Partner)
class PartnerAdmin(DirectoryAdmin):
    form = PartnerForm
    fields = ("name", "country", "executive", "approval", "reason")
    list_display = ("name", "country", "approval", "executive")
    list_filter = ("approval", "country", ("executive", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("executive",)
    search_fields = ("name",)
    autocomplete_fields = ("executive",)

    def get_readonly_fields(self, request, obj=None):
        readonly = super().get_readonly_fields(request, obj)
        may_decide = obj and request.user.has_perm("accounts.approve_partner")
        return readonly if may_decide else (*readonly, "approval")

    def save_model(self, request, obj, form, change):
        decided = obj.approval
        if "approval" in form.changed_data:
            obj.approval = form.initial["approval"]
        if not change or set(form.changed_data) - {"approval", "reason"}:
            super().save_model(request, obj, form, change)
        if obj.approval != decided:
            approved = decided == Partner.Approval.APPROVED
            decide = operations.approve_partner if approved else operations.suspend_partner
            decide(obj, by=request.user, reason=form.cleaned_data["reason"], now=clock.now())


@admin.register(Customer)
class CustomerAdmin(DirectoryAdmin):
    fields = ("partner", "name", "country", "reason")
    set_once = ("partner",)
    list_display = ("name", "partner", "country")
    list_filter = ("country", ("partner", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("partner",)
    search_fields = ("name", "partner__name")
    autocomplete_fields = ("partner",)


@admin.register(Tenant)
class TenantAdmin(DirectoryAdmin):
    set_once = ("customer",)
    list_display = ("code", "name", "customer", "environment", "deployment", "time_zone")
    list_filter = ("environment", "deployment", "customer__country")
    list_select_related = ("customer",)
    search_fields = ("code", "name", "customer__name")
    autocomplete_fields = ("customer", "product_administrator")


@admin.register(Contract)
class ContractAdmin(DirectoryAdmin):
    set_once = ("tenant",)
    list_display = ("number", "tenant", "starts_on", "last_day_on", "currency", "billing", "covers_preview")
    list_filter = (InForceFilter, "billing", "currency", "covers_preview")
    list_select_related = ("tenant",)
    search_fields = ("number", "tenant__code", "tenant__name", "tenant__customer__name")
    autocomplete_fields = ("tenant",)


class CertificationInline(RolePermissionsAdmin, admin.TabularInline):
    view_permission = "accounts.view_directory"
    model = Certification
    fields = ("number", "starts_on", "last_day_on")
    show_change_link = True


class DesignationInline(RolePermissionsAdmin, admin.TabularInline):
    view_permission = "accounts.view_directory"
    model = Designation
    fields = ("customer", "starts_on", "last_day_on")
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("customer", "contact")


@admin.register(Contact)
class ContactAdmin(DirectoryAdmin):
    form = ContactForm
    fields = ("partner", "customer", "name", "email", "phone", "language", "user", "reason")
    readonly_fields = ("user",)  # access is given by an action, not by a choice of logins
    set_once = ("partner",)
    inlines = (DesignationInline, CertificationInline)
    list_display = ("name", "email", "partner", "customer", "has_access")
    list_filter = (("partner", admin.RelatedOnlyFieldListFilter), ("user", admin.EmptyFieldListFilter))
    list_select_related = ("partner", "customer", "user")
    search_fields = ("name", "email", "partner__name", "customer__name")
    autocomplete_fields = ("partner", "customer")
    actions = ("give_access", "give_administrator_access")

    def get_readonly_fields(self, request, obj=None):
        readonly = super().get_readonly_fields(request, obj)
        # What a login sees follows from its contact's customer: that is a matter of access.
        fixed = obj and obj.user_id and not self.has_give_access_permission(request)
        return (*readonly, "customer") if fixed else readonly

    def has_give_access_permission(self, request):
        return request.user.has_perm("accounts.change_user")

    @admin.display(description=_("has access"), boolean=True)
    def has_access(self, contact):
        return contact.user is not None and contact.user.is_active

    @admin.action(
        permissions=["give_access"], description=_("Give access to the portal"), location=EVERYWHERE
    )
    def give_access(self, request, queryset):
        self._give_access(request, queryset, Role.PARTNER)

    @admin.action(
        permissions=["give_access"],
        description=_("Give access as the partner's administrator"),
        location=EVERYWHERE,
    )
    def give_administrator_access(self, request, queryset):
        self._give_access(request, queryset, Role.PARTNER_ADMIN)

    def _give_access(self, request, queryset, role):
        for contact in queryset:
            try:
                user = operations.give_access(contact, role=role, by=request.user, now=clock.now())
            except Refused as refusal:
                self.message_user(request, f"{contact}: {refusal}", messages.ERROR)
            else:
                _invite(self, request, user)


@admin.register(Certification)
class CertificationAdmin(DirectoryAdmin):
    form = CertificationForm
    set_once = ("contact",)
    list_display = ("number", "contact", "partner", "starts_on", "last_day_on")
    list_filter = (InForceFilter, ("contact__partner", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("contact__partner",)
    search_fields = ("number", "contact__name", "contact__email")
    autocomplete_fields = ("contact",)

    @admin.display(description=_("partner"), ordering="contact__partner__name")
    def partner(self, certification):
        return certification.contact.partner


@admin.register(Designation)
class DesignationAdmin(DirectoryAdmin):
    form = DesignationForm
    set_once = ("customer", "contact")
    list_display = ("contact", "customer", "starts_on", "last_day_on", "agreed_by")
    list_filter = (InForceFilter, ("customer__partner", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("contact", "customer", "agreed_by")
    search_fields = ("contact__name", "contact__email", "customer__name")
    autocomplete_fields = ("customer", "contact", "agreed_by")

    def get_changeform_initial_data(self, request):
        return {"agreed_by": request.user.pk, **super().get_changeform_initial_data(request)}


@admin.register(User)
class UserAdmin(DirectoryAdmin):
    """People are invited without a password; a partner's people get access on the page of the contact."""

    change_permission = "accounts.change_user"
    form = UserForm
    fields = (
        *("email", "name", "phone", "role", "language", "time_zone"),
        *("is_active", "date_joined", "last_login", "reason"),
    )
    readonly_fields = ("date_joined", "last_login")
    list_display = ("name", "email", "role", "organisation", "is_active", "last_login")
    list_filter = ("role", "is_active")
    list_select_related = ("contact__partner", "contact__customer")
    search_fields = ("name", "email")
    actions = ("send_link",)

    def get_fields(self, request, obj=None):
        only_later = () if obj else ("is_active", "date_joined", "last_login")
        return [name for name in super().get_fields(request, obj) if name not in only_later]

    def get_readonly_fields(self, request, obj=None):
        readonly = super().get_readonly_fields(request, obj)
        # Nobody raises or shuts out themselves, so that one administrator always remains.
        return (*readonly, "role", "is_active") if obj == request.user else readonly

    def lookup_allowed(self, lookup, value, request):
        """The password's hash must not be guessed letter by letter through the list's address."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    def has_send_link_permission(self, request):
        return self.has_change_permission(request)

    @admin.display(description=_("organisation"))
    def organisation(self, user):
        return user.contact.organisation if hasattr(user, "contact") else None

    @admin.action(
        permissions=["send_link"], description=_("Send a link to set a password"), location=EVERYWHERE
    )
    def send_link(self, request, queryset):
        for user in queryset:
            _invite(self, request, user)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.set_unusable_password()
            obj.date_joined = clock.now()
            super().save_model(request, obj, form, change)
            _invite(self, request, obj)
            return
        wanted = obj.is_active
        if "is_active" in form.changed_data:
            obj.is_active = form.initial["is_active"]
        if set(form.changed_data) - {"is_active", "reason"}:
            super().save_model(request, obj, form, change)
        if obj.is_active != wanted:
            self._decide_access(request, obj, wanted, form.cleaned_data["reason"])

    def _decide_access(self, request, user, wanted, reason):
        if wanted:
            _invite(
                self,
                request,
                operations.restore_access(user, by=request.user, reason=reason, now=clock.now()),
            )
            return
        operations.end_access(user, by=request.user, reason=reason, now=clock.now())
        left = ", ".join(partner.name for partner in user.partners.all())
        if left:
            self.message_user(
                request,
                gettext("These partners need another executive: %(partners)s.") % {"partners": left},
                messages.WARNING,
            )


def _invite(model_admin, request, user):
    if not user.is_active:
        text = gettext("%(name)s has no access.") % {"name": user}
        model_admin.message_user(request, text, messages.ERROR)
        return
    send_access_link(user, request=request)
    text = gettext("A link to set a password was sent to %(address)s.") % {"address": user.email}
    model_admin.message_user(request, text, messages.SUCCESS)
