"""The directory at the desk: who may open what, what needs a reason, what never shows."""

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from simple_history.admin import SimpleHistoryAdmin

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import (
    Certification,
    Contact,
    Contract,
    Customer,
    Designation,
    Partner,
    Tenant,
    User,
)
from lynnsupport.common.admin import RolePermissionsAdmin
from tests.factories import (
    CertificationFactory,
    ContactFactory,
    ContractFactory,
    CustomerFactory,
    DesignationFactory,
    PartnerFactory,
    TenantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

MODELS = [Partner, Customer, Tenant, Contract, Contact, Certification, Designation, User]


def tenant_with_administrator():
    customer = CustomerFactory()
    return TenantFactory(customer=customer, product_administrator=ContactFactory(customer=customer))


FACTORIES = {
    Partner: PartnerFactory,
    Customer: CustomerFactory,
    Tenant: tenant_with_administrator,
    Contract: ContractFactory,
    Contact: lambda: ContactFactory(customer=CustomerFactory()),
    Certification: CertificationFactory,
    Designation: lambda: DesignationFactory(agreed_by=UserFactory()),
    User: lambda: ContactFactory(customer=CustomerFactory()).user,
}

by_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def address(model, page, *args):
    return reverse(f"admin:accounts_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def signed_in(client):
    def sign_in(role):
        user = UserFactory(role=role)
        client.force_login(user)
        return user

    return sign_in


@pytest.fixture
def administrator(signed_in):
    return signed_in(Role.ADMINISTRATOR)


@pytest.fixture
def links(monkeypatch):
    """The addresses to which a link to set a password went."""
    sent = []
    monkeypatch.setattr(
        "lynnsupport.accounts.adapter.AccountAdapter.send_mail",
        lambda self, template_prefix, email, context: sent.append((template_prefix, email, context)),
    )
    return lambda: [email for prefix, email, _ in sent if prefix == "account/email/password_reset_key"]


def fields_of(response):
    """What the change form would send as it stands."""
    form = response.context["adminform"].form
    sent = {name: form[name].value() for name in form.fields}
    for inline in response.context["inline_admin_formsets"]:
        sent |= {field.html_name: field.value() for field in inline.formset.management_form}
    return {name: value for name, value in sent.items() if value is not None}


def save(client, row, **changes):
    page = address(type(row), "change", row.pk)
    return client.post(page, fields_of(client.get(page)) | changes)


def last_entry(row):
    entry = row.history.latest("history_id")
    return entry.history_user, entry.history_change_reason


class TestPages:
    @by_model
    def test_a_list_costs_the_same_for_one_row_and_for_three(self, model, client, administrator):
        def queries():
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address(model, "changelist")).status_code == 200
            return len(captured)

        FACTORIES[model]()
        queries()  # the session's first visit writes it down
        one = queries()
        FACTORIES[model](), FACTORIES[model]()
        assert queries() == one
        assert one <= 12

    @by_model
    def test_every_page_opens_for_the_administrator(self, model, client, administrator):
        row = FACTORIES[model]()
        pages = [
            address(model, "changelist") + "?q=inventad",
            address(model, "add"),
            address(model, "change", row.pk),
            address(model, "history", row.pk),
            address(model, "simple_history", row.pk, row.history.latest().pk),
        ]
        assert [client.get(page).status_code for page in pages] == [200] * 5

    @by_model
    @pytest.mark.parametrize("role", [Role.DESK, Role.ENGINEER])
    def test_the_desk_reads_and_changes_nothing(self, model, role, client, signed_in):
        signed_in(role)
        row = FACTORIES[model]()
        page = address(model, "change", row.pk)
        response = client.get(page)
        assert [name for name in ("name", "number", "reason") if f'name="{name}"' in response.text] == []
        statuses = [
            client.get(address(model, "changelist")).status_code,
            response.status_code,
            client.get(address(model, "add")).status_code,
            client.post(page, {}).status_code,
        ]
        assert statuses == [200, 200, 403, 403]

    @by_model
    def test_the_desk_lead_changes_the_directory_but_not_the_logins(self, model, client, signed_in):
        signed_in(Role.DESK_LEAD)
        assert client.get(address(model, "add")).status_code == (403 if model is User else 200)

    @by_model
    @pytest.mark.parametrize("role", [Role.PARTNER, Role.PARTNER_ADMIN, Role.EXECUTIVE])
    def test_nobody_else_comes_in(self, model, role, client, signed_in):
        signed_in(role)
        response = client.get(address(model, "changelist"))
        assert (response.status_code, response.url.partition("?")[0]) == (302, reverse("admin:login"))

    @by_model
    @pytest.mark.parametrize("role", [Role.DESK_LEAD, Role.ADMINISTRATOR])
    def test_nothing_is_deleted(self, model, role, client, signed_in):
        signed_in(role)
        row = FACTORIES[model]()
        assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        client.post(
            address(model, "changelist"),
            {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
        )
        assert model.objects.filter(pk=row.pk).exists()

    @by_model
    def test_what_was_chosen_once_stays(self, model, client, administrator):
        set_once = admin.site.get_model_admin(model).set_once
        row = FACTORIES[model]()
        before = {name: getattr(row, f"{name}_id") for name in set_once}
        others = {name: getattr(FACTORIES[model](), f"{name}_id") for name in set_once}
        save(client, row, **others)
        row.refresh_from_db()
        assert {name: getattr(row, f"{name}_id") for name in set_once} == before

    @by_model
    def test_a_reason_reaches_the_history(self, model, client, administrator):
        row = FACTORIES[model]()
        changed = {Certification: {"number": "LCCD-X"}, Designation: {"last_day_on": "2090-01-01"}}
        changed |= {Contract: {"number": "CT-X"}}
        response = save(client, row, reason="Corrección.", **changed.get(model, {"name": "Nombre Nuevo"}))
        assert response.status_code == 302
        assert last_entry(row) == (administrator, "Corrección.")


class TestHistoryIsToBeRead:
    """django-simple-history would store a posted old version, for those who may only look as well."""

    ADMINS = sorted(
        (model for model, options in admin.site._registry.items() if isinstance(options, SimpleHistoryAdmin)),
        key=lambda model: model._meta.label,
    )

    @pytest.mark.parametrize("model", ADMINS, ids=lambda model: model._meta.label)
    def test_every_page_with_a_history_asks_the_roles(self, model):
        assert isinstance(admin.site.get_model_admin(model), RolePermissionsAdmin)

    @by_model
    @pytest.mark.parametrize("role", [Role.DESK, Role.ADMINISTRATOR])
    def test_an_old_version_is_not_stored_again(self, model, role, client, signed_in):
        signed_in(role)
        row = FACTORIES[model]()
        old = row.history.latest()
        response = client.post(address(model, "simple_history", row.pk, old.pk), {"name": "x"})
        assert response.status_code == 403
        assert row.history.count() == old.__class__.objects.filter(id=row.pk).count()

    def test_a_withdrawn_approval_does_not_come_back(self, client, signed_in):
        signed_in(Role.DESK_LEAD)
        partner = PartnerFactory()
        approved = partner.history.latest()
        Partner.objects.update(approval=Partner.Approval.SUSPENDED)
        page = address(Partner, "simple_history", partner.pk, approved.pk)
        data = {"name": partner.name, "country": "CL", "executive": partner.executive_id}
        assert client.post(page, data).status_code == 403
        partner.refresh_from_db()
        assert partner.approval == Partner.Approval.SUSPENDED


@pytest.mark.rule("SUP-4")
class TestApproval:
    def test_SUP_4_is_decided_with_a_reason(self, client, administrator):
        partner = PartnerFactory(approval=Partner.Approval.PENDING)
        assert save(client, partner, approval="approved", reason="Acuerdo firmado.").status_code == 302
        partner.refresh_from_db()
        assert partner.approval == Partner.Approval.APPROVED
        assert last_entry(partner) == (administrator, "Acuerdo firmado.")
        assert partner.history.count() == 2

    def test_without_a_reason_the_form_says_so_beside_it(self, client, administrator):
        partner = PartnerFactory()
        response = save(client, partner, approval="suspended")
        assert list(response.context["adminform"].form.errors) == ["reason"]
        partner.refresh_from_db()
        assert partner.approval == Partner.Approval.APPROVED

    def test_other_changes_beside_it_are_kept_too(self, client, administrator):
        partner = PartnerFactory()
        save(client, partner, approval="suspended", name="Nombre Nuevo", reason="Deuda.")
        partner.refresh_from_db()
        assert (partner.approval, partner.name) == (Partner.Approval.SUSPENDED, "Nombre Nuevo")

    def test_never_goes_back_to_pending(self, client, administrator):
        response = save(client, PartnerFactory(), approval="pending", reason="x")
        assert list(response.context["adminform"].form.errors) == ["approval"]

    def test_is_shown_to_the_desk_lead_and_a_posted_one_ignored(self, client, signed_in):
        signed_in(Role.DESK_LEAD)
        partner = PartnerFactory(approval=Partner.Approval.PENDING)
        save(client, partner, approval="approved", reason="Yo decido.", name="Nombre Nuevo")
        partner.refresh_from_db()
        assert (partner.approval, partner.name) == (Partner.Approval.PENDING, "Nombre Nuevo")

    def test_of_a_new_partner_is_pending(self, client, administrator):
        executive = UserFactory(role=Role.EXECUTIVE)
        data = {"name": "Nueva", "country": "PE", "executive": executive.pk, "approval": "approved"}
        assert client.post(address(Partner, "add"), data).status_code == 302
        assert Partner.objects.get().approval == Partner.Approval.PENDING


class TestLogins:
    NEW = {
        "email": "Nora@Example.com", "name": "Nora", "role": "engineer", "language": "es",
        "time_zone": "America/Lima",
    }  # fmt: skip

    def test_people_are_invited_without_a_password(self, client, administrator, links):
        assert client.post(address(User, "add"), self.NEW).status_code == 302
        user = User.objects.get(email="nora@example.com")
        assert (user.role, user.is_active, user.has_usable_password()) == (Role.ENGINEER, True, False)
        assert links() == ["nora@example.com"]
        assert last_entry(user)[0] == administrator

    @pytest.mark.parametrize("role", [Role.PARTNER, Role.PARTNER_ADMIN, "root"])
    def test_a_partners_login_is_not_made_here(self, role, client, administrator, links):
        response = client.post(address(User, "add"), self.NEW | {"role": role})
        assert list(response.context["adminform"].form.errors) == ["role"]
        assert links() == []

    def test_posted_extras_change_nothing(self, client, administrator, links):
        extras = {
            "password": "x",
            "is_staff": "on",
            "is_superuser": "on",
            "date_joined": "2001-01-01",
            "id": 7,
        }
        client.post(address(User, "add"), self.NEW | extras)
        user = User.objects.get(email="nora@example.com")
        assert (user.password[0], user.date_joined.year > 2001, user.pk != 7) == ("!", True, True)

    @pytest.mark.parametrize("role", [Role.DESK, Role.ADMINISTRATOR])
    def test_the_password_is_never_shown(self, role, client, signed_in):
        signed_in(role)
        user = ContactFactory().user
        pages = [
            address(User, "change", user.pk),
            address(User, "history", user.pk),
            address(User, "simple_history", user.pk, user.history.latest().pk),
            address(User, "changelist"),
        ]
        texts = [client.get(page).text for page in pages]
        assert [user.password in text or "md5$" in text for text in texts] == [False] * 4

    @pytest.mark.parametrize("lookup", ["password__startswith", "password", "password__regex"])
    def test_the_password_is_not_guessed_through_the_list(self, lookup, client, administrator):
        assert client.get(address(User, "changelist"), {lookup: "md5"}).status_code == 400

    @pytest.mark.parametrize(
        ("model", "lookup"),
        [
            (Contact, "user__password__startswith"),
            (Contact, "partner__executive__password__startswith"),
            (Partner, "executive__password__startswith"),
            (Designation, "agreed_by__password__startswith"),
            (User, "authenticator__data__startswith"),
        ],
    )
    def test_nor_through_a_relation(self, model, lookup, client, administrator):
        assert client.get(address(model, "changelist"), {lookup: "md5"}).status_code == 400

    @pytest.mark.parametrize(
        "change", [{"email": "otra@example.com"}, {"role": "desk_lead"}, {"is_active": ""}]
    )
    def test_what_decides_access_needs_a_reason(self, change, client, administrator, links):
        user = UserFactory(role=Role.DESK)
        before = User.objects.filter(pk=user.pk).values().get()
        response = save(client, user, **change)
        assert list(response.context["adminform"].form.errors) == ["reason"]
        assert User.objects.filter(pk=user.pk).values().get() == before
        assert save(client, user, reason="Acordado.", **change).status_code == 302
        assert last_entry(user) == (administrator, "Acordado.")

    def test_the_end_of_access_ends_it(self, client, administrator, links):
        partner = PartnerFactory()
        response = save(client, partner.executive, is_active="", reason="Se fue.")
        executive = User.objects.get(pk=partner.executive_id)
        assert (executive.is_active, executive.has_usable_password()) == (False, False)
        said = [message.message for message in get_messages(response.wsgi_request)]
        assert [partner.name in text for text in said] == [True, False]

    def test_and_back_with_a_link(self, client, administrator, links):
        user = UserFactory(role=Role.DESK, is_active=False)
        save(client, user, is_active="on", reason="Volvió.")
        user.refresh_from_db()
        assert (user.is_active, user.has_usable_password(), links()) == (True, False, [user.email])

    def test_nobody_raises_or_shuts_out_themselves(self, client, administrator):
        save(client, administrator, role="desk", is_active="", name="Nombre Nuevo", reason="x")
        administrator.refresh_from_db()
        assert (administrator.role, administrator.is_active, administrator.name) == (
            Role.ADMINISTRATOR, True, "Nombre Nuevo",
        )  # fmt: skip

    def test_a_contacts_login_keeps_to_the_partners_side(self, client, administrator):
        user = ContactFactory().user
        response = save(client, user, role="administrator", reason="x")
        assert list(response.context["adminform"].form.errors) == ["role"]
        assert save(client, user, role="partner_admin", reason="x").status_code == 302

    def test_a_link_goes_only_to_those_with_access(self, client, administrator, links):
        here, gone = UserFactory(), UserFactory(is_active=False)
        data = {"action": "send_link", "_selected_action": [here.pk, gone.pk]}
        client.post(address(User, "changelist"), data)
        assert links() == [here.email]

    def test_the_desk_sends_none(self, client, signed_in, links):
        signed_in(Role.DESK_LEAD)
        data = {"action": "send_link", "_selected_action": [UserFactory().pk]}
        client.post(address(User, "changelist"), data)
        assert links() == []


class TestContactsAccess:
    @staticmethod
    def act(client, action, *contacts):
        data = {"action": action, "_selected_action": [contact.pk for contact in contacts]}
        return client.post(address(Contact, "changelist"), data)

    @pytest.mark.parametrize(
        ("action", "role"),
        [("give_access", Role.PARTNER), ("give_administrator_access", Role.PARTNER_ADMIN)],
    )
    def test_is_given_with_a_link(self, action, role, client, administrator, links):
        contact = ContactFactory(user=None)
        self.act(client, action, contact)
        contact.refresh_from_db()
        assert (contact.user.role, contact.user.is_active) == (role, True)
        assert links() == [contact.email]

    def test_is_given_on_the_contacts_own_page(self, client, administrator, links):
        contact = ContactFactory(user=None)
        page = address(Contact, "change", contact.pk)
        shown = client.get(page)
        data = {
            "CHANGE_FORM-action": "give_access",
            "_selected_action": [contact.pk],
            "action": "give_access",
        }
        assert "give_access" in dict(shown.context["action_form"].fields["action"].choices)
        client.post(page, data | {"CHANGE_FORM-select_across": "0"})
        contact.refresh_from_db()
        assert contact.user is not None

    def test_a_refusal_is_said_and_the_others_go_on(self, client, administrator, links):
        UserFactory(email="ana@example.com")
        taken, free = ContactFactory(user=None, email="ana@example.com"), ContactFactory(user=None)
        response = self.act(client, "give_access", taken, free)
        said = [message.message for message in get_messages(response.wsgi_request)]
        assert sorted("ana@example.com" in text for text in said) == [False, True]
        assert links() == [free.email]

    def test_is_not_the_desk_leads_to_give(self, client, signed_in, links):
        signed_in(Role.DESK_LEAD)
        contact = ContactFactory(user=None)
        self.act(client, "give_access", contact)
        contact.refresh_from_db()
        assert (contact.user, links()) == (None, [])

    def test_the_desk_notes_in_which_language_a_person_is_written_to(self, client, signed_in):
        lead, contact = signed_in(Role.DESK_LEAD), ContactFactory(user=None)
        save(client, contact, language="en")
        contact.refresh_from_db()
        assert (contact.reads, contact.history.first().history_user) == ("en", lead)

    def test_a_login_is_not_chosen_by_hand(self, client, administrator):
        contact, login = ContactFactory(user=None), UserFactory(role=Role.PARTNER)
        save(client, contact, user=login.pk)
        contact.refresh_from_db()
        assert contact.user is None

    @pytest.mark.parametrize(("role", "widened"), [(Role.DESK_LEAD, False), (Role.ADMINISTRATOR, True)])
    def test_what_a_login_sees_is_widened_by_administrators_only(self, role, widened, client, signed_in):
        signed_in(role)
        contact = ContactFactory(customer=CustomerFactory())
        save(client, contact, customer="", name="Nombre Nuevo")
        contact.refresh_from_db()
        assert (contact.customer is None, contact.name) == (widened, "Nombre Nuevo")


class TestLookUps:
    """The autocomplete answers for declared fields only, to those who may see the rows."""

    @staticmethod
    def ask(client, app, model, field, term=""):
        query = {"app_label": app, "model_name": model, "field_name": field, "term": term}
        return client.get(reverse("admin:autocomplete"), query)

    def found(self, client, *field):
        return {int(row["id"]) for row in self.ask(client, *field).json()["results"]}

    def test_an_executive_is_one(self, client, administrator):
        executive = UserFactory(role=Role.EXECUTIVE)
        ContactFactory(user=None, partner__executive=executive)
        assert self.found(client, "accounts", "partner", "executive") == {executive.pk}

    def test_who_agrees_is_one_of_lynns(self, client, administrator):
        contact = ContactFactory()
        lynns = {administrator.pk, contact.partner.executive_id}
        assert self.found(client, "accounts", "designation", "agreed_by") == lynns

    @pytest.mark.parametrize(
        ("field", "make"),
        [(("customer", "partner"), PartnerFactory), (("tenant", "customer"), CustomerFactory),
         (("contract", "tenant"), TenantFactory), (("designation", "contact"), ContactFactory)],
    )  # fmt: skip
    def test_finds_what_the_desk_sees(self, field, make, client, signed_in):
        signed_in(Role.DESK)
        rows = {make().pk, make().pk}
        assert self.found(client, "accounts", *field) == rows

    @pytest.mark.parametrize(
        "field",
        [
            ("accounts", "partner", "name"),
            ("accounts", "partner", "executive__password"),
            ("accounts", "user", "password"),
            ("accounts", "nothing", "user"),
            ("auth", "permission", "content_type"),
            ("sessions", "session", "session_data"),
            ("mfa", "authenticator", "data"),
        ],
    )
    def test_refuses_other_models_and_paths(self, field, client, administrator):
        assert self.ask(client, *field).status_code == 403

    @pytest.mark.parametrize("role", [Role.PARTNER, Role.PARTNER_ADMIN, Role.EXECUTIVE])
    def test_answers_nobody_else(self, role, client, signed_in):
        signed_in(role)
        assert self.ask(client, "accounts", "customer", "partner").status_code == 302

    def test_a_posted_executive_is_one(self, client, administrator):
        response = save(client, PartnerFactory(), executive=UserFactory(role=Role.DESK).pk)
        assert list(response.context["adminform"].form.errors) == ["executive"]

    def test_a_posted_contact_is_of_the_organisation(self, client, administrator):
        data = {"customer": CustomerFactory().pk, "contact": ContactFactory().pk, "starts_on": "2026-01-01"}
        response = client.post(address(Designation, "add"), data)
        assert list(response.context["adminform"].form.errors) == ["contact"]
        assert not Designation.objects.exists()


class TestValidity:
    @pytest.mark.parametrize(
        ("validity", "found"),
        [
            ("now", {"B", "C", "D"}),
            ("ending", {"B", "C"}),
            ("ended", {"A"}),
            ("later", {"E"}),
            ("x", set("ABCDE")),
        ],
    )
    def test_filters_by_the_day(self, validity, found, client, administrator, time_machine):
        time_machine.move_to("2026-06-10T15:00:00Z")
        periods = {
            "A": ("2026-01-01", "2026-06-09"),
            "B": ("2026-01-01", "2026-06-10"),
            "C": ("2026-06-10", "2026-07-10"),
            "D": ("2026-01-01", "2026-07-11"),
            "E": ("2026-06-11", "2026-12-31"),
        }
        for number, (first, last) in periods.items():
            CertificationFactory(number=number, starts_on=first, last_day_on=last)
        response = client.get(address(Certification, "changelist"), {"validity": validity})
        assert {row.number for row in response.context["cl"].result_list} == found


def test_a_designation_is_agreed_by_whoever_enters_it(client, administrator):
    form = client.get(address(Designation, "add")).context["adminform"].form
    assert form["agreed_by"].value() == administrator.pk


def test_a_contacts_page_costs_the_same_for_one_designation_and_for_three(client, administrator):
    contact = ContactFactory()

    def queries():
        DesignationFactory(contact=contact, customer=CustomerFactory(partner=contact.partner))
        CertificationFactory(contact=contact)
        with CaptureQueriesContext(connection) as captured:
            client.get(address(Contact, "change", contact.pk))
        return len(captured)

    queries()  # the session's first visit writes it down
    one = queries()
    queries()
    assert queries() == one
