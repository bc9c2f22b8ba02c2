"""A partner's administrator invites colleagues, ends their access and gives it back; nobody else does."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation

from lynnsupport.accounts import joining
from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import Contact, Invitation, User
from lynnsupport.accounts.operations import end_access
from lynnsupport.common.refusal import Refused
from tests.factories import ContactFactory, CustomerFactory, UserFactory

NOW = datetime(2026, 11, 23, 13, tzinfo=UTC)
HOURS, SECOND = timedelta(hours=72), timedelta(seconds=1)
PASSWORD = "caballo-correcto-pila"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def admin():
    return ContactFactory(user__role=Role.PARTNER_ADMIN)


def invite(admin, **more):
    what = {"by": admin.user, "email": "Nueva@Example.com", "name": "Nueva", "role": Role.PARTNER, "now": NOW}
    return joining.invite(**what | more)


def accept(token, *, now=NOW, password=PASSWORD):
    return joining.accept_invitation(token, password=password, now=now)


def test_an_invitation_makes_the_login_that_it_names_once(admin):
    invitation, token = invite(admin, role=Role.PARTNER_ADMIN)
    user = accept(token)
    assert (user.email, user.role, user.contact.partner, user.contact.customer) == (
        "nueva@example.com",
        Role.PARTNER_ADMIN,
        admin.partner,
        None,
    )
    assert user.check_password(PASSWORD)
    invitation.refresh_from_db()
    assert invitation.accepted_at == NOW
    with pytest.raises(Refused, match="no longer works"):
        accept(token)


def test_the_token_is_kept_nowhere(admin):
    _invitation, token = invite(admin)
    kept = Invitation.objects.values().get()
    assert token not in str(kept)
    assert kept["token_digest"] == joining._digest(token) != token


@pytest.mark.parametrize(("at", "works"), [(HOURS - SECOND, True), (HOURS, False), (HOURS + SECOND, False)])
def test_it_works_for_72_hours(admin, at, works):
    _invitation, token = invite(admin)
    assert (joining.invitation_of(token, now=NOW + at) is not None) is works


@pytest.mark.parametrize("token", ["", " ", "x", "None", "0" * 43])
def test_an_empty_or_made_up_token_opens_nothing(admin, token):
    invite(admin)
    with pytest.raises(Refused, match="no longer works"):
        accept(token)
    assert User.objects.filter(email="nueva@example.com").count() == 0


def test_a_withdrawn_and_a_replaced_invitation_open_nothing(admin):
    _first, old = invite(admin)
    _second, new = invite(admin)
    assert joining.invitation_of(old, now=NOW) is None
    joining.withdraw_invitation(Invitation.objects.get(withdrawn_at=None), by=admin.user, now=NOW)
    assert joining.invitation_of(new, now=NOW) is None


def test_it_dies_with_the_access_or_the_role_of_who_invited(admin):
    _invitation, token = invite(admin)
    admin.user.role = Role.PARTNER
    admin.user.save()
    assert joining.invitation_of(token, now=NOW) is None
    admin.user.role, admin.user.is_active = Role.PARTNER_ADMIN, False
    admin.user.save()
    assert joining.invitation_of(token, now=NOW) is None


def test_a_weak_password_uses_nothing_up(admin):
    _invitation, token = invite(admin)
    with pytest.raises(ValidationError):
        accept(token, password="corta")
    assert User.objects.filter(email="nueva@example.com").count() == 0
    assert accept(token).is_active


def test_who_looks_after_one_customer_invites_to_that_customer_alone():
    customer = CustomerFactory()
    own = ContactFactory(customer=customer, user__role=Role.PARTNER_ADMIN)
    invitation, _token = invite(own)
    assert invitation.customer == customer
    with pytest.raises(Refused, match="no such customer"):
        invite(own, customer=CustomerFactory(partner=customer.partner))


def test_refusals_of_inviting(admin):
    for wrong, words in (
        ({"by": ContactFactory().user}, "administrator"),
        ({"by": UserFactory(role=Role.ADMINISTRATOR)}, "administrator"),
        ({"role": Role.DESK}, "roles"),
        ({"customer": CustomerFactory()}, "no such customer"),
        ({"email": ContactFactory().email}, "login already"),
    ):
        with pytest.raises(Refused, match=words):
            invite(admin, **wrong)
    assert Invitation.objects.count() == 0


def test_somebody_known_without_a_login_gets_one_under_their_own_contact(admin):
    known = ContactFactory(partner=admin.partner, user=None, email="nueva@example.com")
    _invitation, token = invite(admin)
    assert accept(token).contact == known
    assert Contact.objects.filter(email="nueva@example.com").count() == 1


# ---------- pages ----------


@pytest.fixture
def as_admin(client, admin):
    client.force_login(admin.user)
    return client


def test_the_link_arrives_by_mail_on_the_configured_address_and_lets_in(as_admin, mailoutbox, settings):
    settings.PORTAL_BASE_URL = "https://soporte.example.com"
    typed = {"name": "Nueva", "email": "nueva@example.com", "role": "partner"}
    as_admin.post(reverse("account_invite"), typed, HTTP_HOST="testserver")
    for thread in joining_threads():
        thread.join()
    [mail] = mailoutbox
    assert mail.to == ["nueva@example.com"]
    [link] = re.findall(r"https://soporte\.example\.com(/invitacion/\S+)", mail.body)
    as_admin.logout()
    assert as_admin.get(link).status_code == 200
    differ = as_admin.post(link, {"password": PASSWORD, "again": "otra"})
    assert list(differ.context["form"].errors) == ["again"]
    done = as_admin.post(link, {"password": PASSWORD, "again": PASSWORD})
    assert done.url == reverse("account_login")
    assert as_admin.get(link).status_code == 410
    assert as_admin.login(email="nueva@example.com", password=PASSWORD)


def joining_threads():
    import threading

    return [thread for thread in threading.enumerate() if thread.name == "account-mail"]


def test_ending_access_asks_why_and_giving_it_back_sends_a_link(as_admin, admin, mailoutbox):
    colleague = ContactFactory(partner=admin.partner)
    end, back = (reverse(name, args=[colleague.pk]) for name in ("account_end_access", "account_give_back"))
    assert as_admin.post(end, {"reason": " "}).context["form"].errors
    as_admin.post(end, {"reason": "Se fue"})
    colleague.user.refresh_from_db()
    assert colleague.user.is_active is False
    as_admin.post(back, {"reason": "Volvió"})
    for thread in joining_threads():
        thread.join()
    colleague.user.refresh_from_db()
    assert (colleague.user.is_active, [mail.to for mail in mailoutbox]) == (True, [[colleague.email]])


def test_nobody_ends_their_own_access(as_admin, admin):
    response = as_admin.post(reverse("account_end_access", args=[admin.pk]), {"reason": "x"})
    assert response.context["form"].errors
    admin.user.refresh_from_db()
    assert admin.user.is_active


def test_foreign_people_and_invitations_are_as_absent_as_any(as_admin):
    foreign = ContactFactory(user__role=Role.PARTNER_ADMIN)
    invitation, _token = invite(foreign)
    for name, pk in (
        ("account_end_access", foreign.pk),
        ("account_give_back", foreign.pk),
        ("account_withdraw_invitation", invitation.pk),
    ):
        for each in (pk, 10**6):
            assert as_admin.post(reverse(name, args=[each]), {"reason": "x"}).status_code == 404
    assert foreign.email not in as_admin.get(reverse("account_people")).content.decode()
    invitation.refresh_from_db()
    assert (foreign.user.is_active, invitation.withdrawn_at) == (True, None)


@pytest.mark.parametrize("role", [Role.EXECUTIVE, Role.DESK])
def test_the_page_is_for_a_partners_people(client, role):
    client.force_login(UserFactory(role=role))
    assert client.get(reverse("account_people")).status_code == 404


def test_colleagues_read_who_has_access_and_decide_nothing(client, admin):
    colleague = ContactFactory(partner=admin.partner)
    client.force_login(colleague.user)
    page = client.get(reverse("account_people"))
    assert (admin.name in page.content.decode(), page.context["form"]) == (True, None)
    assert client.post(reverse("account_invite"), {}).status_code == 404
    assert client.post(reverse("account_end_access", args=[admin.pk]), {"reason": "x"}).status_code == 404


def test_an_ended_login_is_not_invited_but_given_back(admin):
    colleague = ContactFactory(partner=admin.partner)
    end_access(colleague.user, by=admin.user, reason="Se fue", now=NOW)
    with pytest.raises(Refused, match="give it back"):
        invite(admin, email=colleague.email)
