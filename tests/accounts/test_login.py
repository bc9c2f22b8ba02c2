"""Getting in, staying in, getting back in: and who does not."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import time_machine
from allauth.account import views as account_views
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.urls import NoReverseMatch, reverse

from lynnsupport.accounts import adapter, urls
from lynnsupport.accounts.domain.roles import Role
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _mail_at_once(monkeypatch):
    """Account mails leave in a thread of their own; here they leave before the test looks."""
    monkeypatch.setattr(
        adapter,
        "Thread",
        lambda *, target, args, **_: SimpleNamespace(start=lambda: target(*args)),
    )


@pytest.fixture
def marcela():
    return UserFactory(email="marcela@example.com", name="Marcela Soto", role=Role.PARTNER)


@pytest.fixture
def diego():
    return UserFactory(email="diego@example.com", name="Diego Rojas", role=Role.ENGINEER)


def sign_in(client, email, password=PASSWORD, **extra):
    return client.post("/entrar/", {"login": email, "password": password}, **extra)


def is_in(client):
    return client.get("/cuenta/seguridad/").status_code == 200


def without_noise(response):
    """The page without what differs in every answer: tokens, and the address that was typed."""
    html = response.content.decode()
    html = re.sub(r'(csrfmiddlewaretoken" value|nonce|name="login" value)="[^"]*"', r"\1", html)
    return re.sub(r'\s+maxlength="\d+"', "", html)


# ---------- signing in ----------


def test_login_leads_home_or_to_where_one_was_going(client, marcela):
    assert sign_in(client, "Marcela@Example.com").url == "/"
    client.logout()
    response = client.post("/entrar/", {"login": marcela.email, "password": PASSWORD, "next": "/cuenta/"})
    assert response.url == "/cuenta/"


def test_login_page_answers_alike_for_a_known_and_an_unknown_address(client, marcela):
    known = sign_in(client, marcela.email, "equivocada")
    unknown = sign_in(client, "nadie@example.com", "equivocada")
    assert known.status_code == unknown.status_code == 200
    assert without_noise(known) == without_noise(unknown)
    assert "<title>Error: " in " ".join(known.content.decode().split())


def test_login_works_as_hard_for_an_unknown_address_as_for_a_known_one(client, marcela, monkeypatch):
    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, *args: hashed.append(1) or encode(self, *args)
    )
    sign_in(client, marcela.email, "equivocada")
    known = len(hashed)
    sign_in(client, "nadie@example.com", "equivocada")
    assert (known, len(hashed) - known) == (1, 1)


@pytest.mark.parametrize("email", ["marcela@example.com", "nadie@example.com"])
def test_ten_failures_lock_an_address_out_for_a_quarter_of_an_hour(client, marcela, clock, email):
    for _ in range(10):
        assert (
            "El correo o la contraseña" not in sign_in(client, email, "equivocada").headers
        )  # no header leaks
    locked = sign_in(client, email)
    assert locked.status_code == 200
    assert locked.context["form"].errors.as_data()["__all__"][0].code == "too_many_login_attempts"
    clock.shift(timedelta(minutes=15, seconds=1))
    sign_in(client, email)
    assert is_in(client) is (email == marcela.email)


def test_nine_failures_do_not_lock_out_and_others_are_untouched(client, marcela, diego, clock):
    for _ in range(9):
        sign_in(client, marcela.email, "equivocada")
    assert sign_in(client, marcela.email).status_code == 302
    client.logout()
    for _ in range(11):
        sign_in(client, marcela.email, "equivocada")
    assert sign_in(client, diego.email).status_code == 302


def test_the_limiter_ignores_a_forwarding_header_nobody_vouches_for(client, clock):
    """Fifty failures from one machine are enough, whatever address it claims to have."""
    for number in range(50):
        sign_in(client, f"nadie{number}@example.com", "x", headers={"x-forwarded-for": f"203.0.113.{number}"})
    response = sign_in(client, "otra@example.com", "x", headers={"x-forwarded-for": "198.51.100.7"})
    assert response.context["form"].errors.as_data()["__all__"][0].code == "too_many_login_attempts"


def test_a_deactivated_person_cannot_sign_in(client, marcela):
    marcela.is_active = False
    marcela.save()
    right, wrong = sign_in(client, marcela.email), sign_in(client, marcela.email, "equivocada")
    assert right.url == "/cuenta/inactiva/"
    assert wrong.status_code == 200
    assert not is_in(client)


def test_deactivation_ends_every_session_at_the_next_request(client, marcela):
    sign_in(client, marcela.email)
    assert is_in(client)
    marcela.is_active = False
    marcela.save()
    assert client.get("/cuenta/").url == "/entrar/?next=/cuenta/"


def test_the_session_key_changes_at_login(client, marcela):
    client.get("/entrar/")
    session = client.session
    session["seen"] = "before"
    session.save()
    before = client.session.session_key
    sign_in(client, marcela.email)
    assert client.session.session_key != before


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "http://testserver.evil.example/",
        "http://testserver@evil.example/",
        "http://localhost/",
        "ftp://testserver/",
        " https://evil.example/",
        "https://evil.example/?next=/cuenta/",
    ],
)
def test_next_never_leads_off_the_site(client, marcela, target):
    response = client.post("/entrar/", {"login": marcela.email, "password": PASSWORD, "next": target})
    assert response.url == "/"
    assert client.post("/salir/", {"next": target}).url == "/entrar/"


def test_signing_out_is_a_post(client, marcela):
    sign_in(client, marcela.email)
    assert client.get("/salir/").status_code == 200
    assert is_in(client)
    client.post("/salir/")
    assert not is_in(client)


def test_nobody_signs_up(rf):
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")
    assert adapter.AccountAdapter().is_open_for_signup(rf.get("/")) is False
    assert account_views.signup not in [pattern.callback for pattern in urls.urlpatterns]


def test_what_is_signed_in_is_never_kept_by_a_cache(client, marcela):
    assert "no-store" in client.get("/entrar/").headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/entrar/", "/contrasena/olvidada/", "/nada/", "/cuenta/", "/admin/login/"])
def test_every_page_forbids_inline_code_and_framing(client, path):
    policy = client.get(path).headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert {"default-src 'none'", "frame-ancestors 'none'", "object-src 'none'"} <= set(policy.split("; "))


# ---------- the desk has no login of its own ----------


def test_the_admin_signs_in_at_the_same_place(client, diego):
    assert client.get("/admin/").url == "/admin/login/?next=/admin/"
    first = client.get("/admin/login/?next=/admin/")
    assert urlsplit(first.url).path == "/entrar/"
    assert client.post("/admin/login/", {"username": diego.email, "password": PASSWORD}).status_code == 302
    assert not is_in(client)
    client.post("/entrar/", {"login": diego.email, "password": PASSWORD, "next": "/admin/"})
    assert client.get("/admin/").status_code == 200


def test_a_partner_is_refused_by_the_admin_without_a_second_login(client, marcela):
    sign_in(client, marcela.email)
    assert client.get("/admin/login/").status_code == 403


# ---------- a new password ----------


def ask_for_link(client, email, **extra):
    response = client.post("/contrasena/olvidada/", {"email": email}, **extra)
    links = [re.search(r"https?://\S+", message.body)[0] for message in mail.outbox]
    return response, links


def choose(client, link, password="otra-clave-inventada-larga"):
    """Follows the link to its form and sends the password; the answer."""
    form = client.get(urlsplit(link).path)
    if form.status_code != 302:
        return form
    return client.post(form.url, {"password1": password, "password2": password})


def test_reset_answers_alike_and_writes_only_to_the_known(client, marcela):
    known, links = ask_for_link(client, marcela.email)
    unknown, after = ask_for_link(client, "nadie@example.com")
    assert (
        (known.status_code, known.url)
        == (unknown.status_code, unknown.url)
        == (302, "/contrasena/olvidada/enviada/")
    )
    assert links == after
    assert [message.to for message in mail.outbox] == [[marcela.email]]


def test_reset_works_once_and_lifts_a_lock_out(client, marcela, clock):
    for _ in range(11):
        sign_in(client, marcela.email, "equivocada")
    _, [link] = ask_for_link(client, marcela.email)
    assert choose(client, link).url == "/contrasena/nueva/lista/"
    assert sign_in(client, marcela.email, "otra-clave-inventada-larga").status_code == 302
    client.logout()
    again = choose(client, link, "una-tercera-clave-larga")
    assert (again.status_code, again.context["token_fail"]) == (200, True)


@pytest.mark.parametrize(("minutes", "works"), [(59, True), (61, False)])
def test_reset_link_lives_for_one_hour(client, marcela, clock, minutes, works):
    _, [link] = ask_for_link(client, marcela.email)
    clock.shift(timedelta(minutes=minutes))
    assert (choose(client, link).status_code == 302) is works


def test_reset_ends_every_session_of_that_person(client, marcela):
    sign_in(client, marcela.email)
    other = type(client)()
    _, [link] = ask_for_link(other, marcela.email)
    choose(other, link)
    assert not is_in(client)


def test_reset_link_dies_with_the_address(client, marcela):
    _, [link] = ask_for_link(client, marcela.email)
    marcela.email = "nueva@example.com"
    marcela.save()
    assert choose(client, link).context["token_fail"] is True


@pytest.mark.parametrize(
    "email", ["marcela@example.com\u2028x", "mаrcela@example.com", "marcela@examp\u217ce.com"]
)
def test_reset_writes_nothing_to_a_look_alike(client, marcela, email):
    ask_for_link(client, email)
    assert mail.outbox == []


def test_reset_link_ignores_the_host_that_the_request_claims(client, marcela, settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.PORTAL_BASE_URL = "https://soporte.example"
    _, [link] = ask_for_link(
        client, marcela.email, headers={"host": "evil.example", "x-forwarded-host": "evil.example"}
    )
    assert link.startswith("https://soporte.example/contrasena/nueva/")
    assert "evil" not in mail.outbox[0].body


def test_reset_is_capped_for_one_address(client, marcela, clock):
    answers = [ask_for_link(client, marcela.email)[0].status_code for _ in range(6)]
    assert answers == [302] * 5 + [429]
    assert len(mail.outbox) == 5


def test_reset_mail_speaks_the_recipients_language_not_the_askers(client, marcela):
    marcela.language = "en"
    marcela.save()
    ask_for_link(client, marcela.email, headers={"accept-language": "es"})
    assert mail.outbox[0].subject == "Choose a new password (link valid for one hour)"
    assert mail.outbox[0].extra_headers == {"Auto-Submitted": "auto-generated"}


def test_account_mail_leaves_beside_the_request_and_a_failure_does_not_fail_it(
    client, marcela, monkeypatch, caplog
):
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda self, **_: 1 / 0)
    assert ask_for_link(client, marcela.email)[0].status_code == 302
    assert [record.message for record in caplog.records] == ["account mail not sent"]


def test_changing_the_password_keeps_this_session_ends_the_others_and_tells_the_owner(client, marcela):
    sign_in(client, marcela.email)
    other = type(client)()
    sign_in(other, marcela.email)
    new = "otra-clave-inventada-larga"
    response = client.post(
        "/cuenta/contrasena/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert response.status_code == 302
    assert (is_in(client), is_in(other)) == (True, False)
    assert [message.to for message in mail.outbox] == [[marcela.email]]


@pytest.mark.parametrize("password", ["corta", "password12345", "1234567890123"])
def test_weak_passwords_are_refused(client, marcela, password):
    _, [link] = ask_for_link(client, marcela.email)
    assert choose(client, link, password).context["form"].errors.keys() == {"password1"}


# ---------- one's own account ----------


def test_profile_changes_name_phone_language_and_zone_and_nothing_else(client, marcela):
    sign_in(client, marcela.email)
    client.post(
        "/cuenta/",
        {
            "name": "Marcela S.",
            "phone": "+56 9 5555 0000",
            "language": "en",
            "time_zone": "America/Lima",
            "email": "otra@example.com",
            "role": Role.ADMINISTRATOR,
            "is_superuser": "1",
        },
    )
    marcela.refresh_from_db()
    assert (marcela.name, marcela.phone, marcela.language, marcela.time_zone) == (
        "Marcela S.",
        "+56 9 5555 0000",
        "en",
        "America/Lima",
    )
    assert (marcela.email, marcela.role) == ("marcela@example.com", Role.PARTNER)


def test_profile_refuses_a_zone_that_does_not_exist(client, marcela):
    sign_in(client, marcela.email)
    data = {"name": "M", "phone": "", "language": "es", "time_zone": "Moon/Tycho"}
    assert client.post("/cuenta/", data).context["form"].errors.keys() == {"time_zone"}


# ---------- how long a session lasts ----------


@pytest.mark.parametrize(
    ("role", "idle", "stays"),
    [
        (Role.PARTNER, timedelta(hours=7, minutes=59), True),
        (Role.PARTNER, timedelta(hours=8), False),
        (Role.ENGINEER, timedelta(minutes=29), True),
        (Role.ENGINEER, timedelta(minutes=30), False),
        (Role.EXECUTIVE, timedelta(minutes=30), False),
    ],
)
def test_an_idle_session_ends(client, clock, role, idle, stays):
    person = UserFactory(role=role)
    sign_in(client, person.email)
    assert is_in(client)
    clock.shift(idle)
    assert is_in(client) is stays


def test_a_session_in_use_ends_after_a_day(client, diego, clock):
    sign_in(client, diego.email)
    alive = 0
    while is_in(client):
        clock.shift(timedelta(minutes=20))
        alive += 20
        assert alive <= 24 * 60
    assert alive == 24 * 60


def test_requests_within_a_minute_write_the_session_once(client, diego, clock, django_assert_num_queries):
    sign_in(client, diego.email)
    client.get("/cuenta/")
    with django_assert_num_queries(2):  # session, user
        client.get("/cuenta/")


# ---------- the second factor ----------


def code_now(secret):
    return format_hotp_value(hotp_value(secret, int(datetime.now(UTC).timestamp()) // 30))


def confirm(client, response):
    """Gives the password again where the page asks for it; the page that was wanted."""
    assert urlsplit(response.url).path == "/cuenta/confirmar/"
    response = client.post(
        response.url, {"password": PASSWORD, "next": "/cuenta/seguridad/aplicacion/activar/"}
    )
    return client.get(response.url)


def set_up(client):
    """Sets the app up for whoever is signed in; its secret."""
    page = confirm(client, client.get("/cuenta/seguridad/aplicacion/activar/"))
    secret = page.context["form"].secret
    answer = client.post("/cuenta/seguridad/aplicacion/activar/", {"code": code_now(secret)})
    assert answer.url == "/cuenta/seguridad/codigos/"
    return secret


def test_second_factor_is_asked_for_at_the_next_login(client, marcela, clock):
    sign_in(client, marcela.email)
    secret = set_up(client)
    assert client.get("/cuenta/seguridad/codigos/").status_code == 200
    assert [message.to for message in mail.outbox] == [[marcela.email]] * len(mail.outbox)
    client.logout()
    clock.shift(timedelta(minutes=2))
    assert sign_in(client, marcela.email).url == "/entrar/codigo/"
    assert not is_in(client)
    assert client.post("/entrar/codigo/", {"code": "000000"}).status_code == 200
    assert not is_in(client)
    client.post("/entrar/codigo/", {"code": code_now(secret)})
    assert is_in(client)


def test_a_recovery_code_gets_in_once(client, marcela, clock):
    sign_in(client, marcela.email)
    set_up(client)
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    for expected in (True, False):
        client.logout()
        sign_in(client, marcela.email)
        client.post("/entrar/codigo/", {"code": code})
        assert is_in(client) is expected


@pytest.mark.parametrize(
    ("role", "sent"),
    [
        (Role.PARTNER, False),
        (Role.PARTNER_ADMIN, False),
        (Role.DESK, True),
        (Role.ENGINEER, True),
        (Role.DESK_LEAD, True),
        (Role.EXECUTIVE, True),
        (Role.ADMINISTRATOR, True),
    ],
)
def test_where_it_is_required_lynns_people_go_no_further_without_it(client, settings, role, sent):
    settings.STAFF_MFA_REQUIRED = True
    person = UserFactory(role=role)
    sign_in(client, person.email)
    for path in ("/cuenta/", "/admin/", "/cuenta/seguridad/aplicacion/quitar/"):
        redirected = client.get(path).headers.get("Location") == "/cuenta/seguridad/aplicacion/activar/"
        assert redirected is sent
    assert client.post("/salir/").status_code == 302


def test_where_it_is_required_setting_it_up_opens_the_way(client, settings, diego, clock):
    settings.STAFF_MFA_REQUIRED = True
    sign_in(client, diego.email)
    set_up(client)
    assert client.get("/admin/").status_code == 200


def test_signing_in_by_reset_does_not_go_round_the_second_factor(client, marcela, clock):
    sign_in(client, marcela.email)
    set_up(client)
    client.logout()
    mail.outbox.clear()
    _, [link] = ask_for_link(client, marcela.email)
    choose(client, link)
    assert not is_in(client)
    assert sign_in(client, marcela.email, "otra-clave-inventada-larga").url == "/entrar/codigo/"


def test_taking_the_second_factor_away_asks_who_is_there(client, marcela, clock):
    sign_in(client, marcela.email)
    set_up(client)
    clock.shift(timedelta(minutes=10))
    response = client.post("/cuenta/seguridad/aplicacion/quitar/")
    assert urlsplit(response.url).path == "/cuenta/confirmar/"
    assert Authenticator.objects.filter(type="totp").count() == 1
