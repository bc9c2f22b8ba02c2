"""Every address of the URL map, asked by strangers, by people of another partner and by its own (BARS 9).

An address that is not declared here fails. What names an object answers a foreign one exactly like an absent
one, to GET and to POST, and a foreign POST writes nothing. The world is the sample data.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from credits.domain.cycles import Cycle
from credits.models import Claim, ClaimEvent, LedgerEntry
from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import Contact, Invitation, User
from lynnsupport.common import clock
from tests.factories import ContactFactory, UserFactory
from tickets.cooperation.models import CustomerRequest, RemoteAccess
from tickets.cooperation.operations import ask, ask_for_access
from tickets.escalation.models import Escalation, EscalationStep
from tickets.escalation.operations import name_deputy
from tickets.evidence import Upload
from tickets.incidents.models import Rca
from tickets.models import Attachment, Message, Ticket, TicketEvent
from tickets.operations import reply_as_customer

# Nothing there is about anybody, or a secret in the address or in a header opens it.
PUBLIC = {
    *("account_login", "account_inactive", "account_logout", "account_reset_password", "account_join"),
    *("account_reset_password_done", "account_reset_password_from_key"),
    *("account_reset_password_from_key_done", "mfa_authenticate"),
    *("health_live", "health_ready", "metrics", "gallery"),
    *("test_mail:list", "test_mail:mail", "test_mail:html"),  # only in the embedded portal
    *("notices:archive", "notices:atom", "notices:calendar", "notices:feed", "notices:summary"),
    *("notices:detail", "notices:decline", "notices:tenant_calendar", "notices:tenant_feed"),
    *("monitors:alertmanager", "monitors:uptime_kuma"),
}
# They show what is the reader's own, and name no object.
OWN = {
    *("home", "account_profile", "account_change_password", "account_reauthenticate", "mfa_reauthenticate"),
    *("mfa_index", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes"),
    *("mfa_generate_recovery_codes", "mfa_download_recovery_codes", "account_people", "account_invite"),
    *("tickets:list", "tickets:new", "tickets:draft", "tickets:advice"),
    *("escalation:queue", "escalation:deputies", "cooperation:contacts", "incidents:list"),
    *("credits:overview", "credits:plan", "credits:claims", "credits:ledger_csv", "credits:ledger_json"),
    *("reports:month", "reports:csv", "notices:choices", "notices:new_address", "notices:dismiss"),
}
# They name an object, by these arguments; `own_arguments` finds one of Ana's partner.
OBJECTS = {
    **dict.fromkeys(
        [
            *("tickets:detail", "tickets:reply", "tickets:escalate", "tickets:accept", "tickets:dispute"),
            *("escalation:ways", "escalation:desk", "escalation:executive", "escalation:priority"),
            "tickets:solution",
        ],
        ("number",),
    ),
    **dict.fromkeys(["tickets:receipt", "tickets:receipt_json"], ("number", "kind")),
    "tickets:attachment": ("number", "public_id"),
    "cooperation:answer": ("number", "request"),
    **dict.fromkeys(
        ["cooperation:access", "cooperation:decide_access", "cooperation:revoke_access"], ("number", "access")
    ),
    "cooperation:propose": ("customer",),
    "escalation:case": ("escalation",),
    "escalation:act": ("escalation", "slug"),
    "escalation:end_deputy": ("deputy",),
    **dict.fromkeys(
        ["credits:cycle", "credits:cycle_json", "credits:cycle_csv", "credits:file"], ("code", "month")
    ),
    **dict.fromkeys(
        [
            *("credits:claim", "credits:decide", "credits:issue", "credits:settle", "credits:reverse"),
            *("credits:withdraw", "credits:measure"),
        ],
        ("claim",),
    ),
    **dict.fromkeys(["credits:note", "credits:note_pdf"], ("note",)),
    **dict.fromkeys(["incidents:detail", "incidents:rca", "incidents:rca_pdf"], ("incident",)),
    "account_withdraw_invitation": ("invitation",),
    **dict.fromkeys(["account_end_access", "account_give_back"], ("person",)),
}
# An object of nobody, argument by argument; what is not named here stays, since what it belongs to is absent.
ABSENT = {
    "number": "LYN-2026-999999",
    "code": "no-such",
    "note": "NC-2026-999999",
    "incident": "INC-2026-9999",
    **dict.fromkeys(["customer", "escalation", "deputy", "claim", "invitation", "person"], 999_999),
}
# How the address calls an argument, where it is not called the same.
PARAMETER = {
    **dict.fromkeys(["request", "access", "customer", "escalation", "deputy", "claim"], "pk"),
    **dict.fromkeys(["invitation", "person"], "pk"),
    **dict.fromkeys(["note", "incident"], "number"),
}
# A form that is being typed says beside itself that its reader is signed out; it does not send them away.
SAID_BESIDE = {"tickets:draft", "tickets:advice"}
WRITTEN = (TicketEvent, Message, ClaimEvent, EscalationStep, RemoteAccess, Invitation, CustomerRequest)


def addresses(resolver: URLResolver, space: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, space + (f"{pattern.namespace}:" if pattern.namespace else ""))
        elif isinstance(pattern, URLPattern):
            yield space + (pattern.name or f"«{pattern.pattern}»")


def test_every_address_is_declared():
    named = {name for name in addresses(get_resolver()) if not name.startswith("admin:")}
    declared = PUBLIC | OWN | OBJECTS.keys()

    assert sorted(named - declared) == []
    assert sorted(declared - named) == []


def test_an_address_that_nobody_declared_is_seen():
    assert {"tickets:detail", "admin:index", "home"} <= set(addresses(get_resolver()))


@pytest.fixture
def world(db, settings, tmp_path) -> dict[str, object]:
    """The sample data, and what it lacks of Ana's partner: an argument of each name."""
    settings.ALLOW_SAMPLE_DATA, settings.MEDIA_ROOT = True, tmp_path
    call_command("sample_data", verbosity=0)
    now = clock.now()
    ana = Contact.objects.get(email="ana@andes.example")
    ours = Ticket.objects.filter(customer__partner=ana.partner)
    ticket = ours.filter(state="open", escalated_at__isnull=False).order_by("pk").first()
    upload = Upload("registro.log", ContentFile(b"una linea", name="registro.log"))
    reply_as_customer(ticket, by=ana.user, body="Va el registro.", now=now, evidence=[upload])
    engineer = User.objects.get(email="ingeniera@lynn.example")
    asked = ask(ticket, by=engineer, kind=CustomerRequest.Kind.DATA, body="¿Qué versión usa?", now=now)
    ask_for_access(
        ticket, by=engineer, contact=ana, purpose="Mirar el panel.",
        starts_at=now, ends_at=now + timedelta(hours=4), now=now,
    )  # fmt: skip
    claims = Claim.objects.filter(cycle__contract__tenant__customer__partner=ana.partner)
    claim = claims.select_related("cycle__contract__tenant").order_by("pk").last()
    substitute = UserFactory(role=Role.EXECUTIVE)
    deputy = name_deputy(
        executive=ana.partner.executive, by=ana.partner.executive, deputy=substitute, now=now,
        starts_on=now.date() + timedelta(days=30), last_day_on=now.date() + timedelta(days=40),
    )  # fmt: skip
    return {
        "number": ticket.number,
        "kind": "restoration",
        "public_id": Attachment.objects.get().public_id,
        "access": RemoteAccess.objects.get().pk,
        "request": asked.pk,
        "customer": ticket.customer_id,
        "escalation": Escalation.objects.filter(ticket__in=ours).order_by("-level").first().pk,
        "slug": "acknowledge",
        "deputy": deputy.pk,
        "code": claim.cycle.contract.tenant.code,
        "month": Cycle.parse(claim.cycle.month),
        "claim": claim.pk,
        "note": LedgerEntry.objects.values_list("number", flat=True).first(),
        "incident": Rca.objects.earliest("pk").incident.number,
        "invitation": 1,
        "partner": ana.partner,
        "person": Contact.objects.get(email="benito@andes.example").pk,
    }


def path_of(name: str, arguments: dict[str, object]) -> str:
    return reverse(name, kwargs={PARAMETER.get(each, each): arguments[each] for each in OBJECTS[name]})


def absent(name: str, arguments: dict[str, object]) -> dict[str, object]:
    """The same address of something that is not there."""
    first = OBJECTS[name][0]
    return {**arguments, first: ABSENT[first]}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def answer(client: Client, method: str, path: str, words: str) -> tuple[int, str]:
    """Status and page, without what the address itself says and what differs by itself each time."""
    response = getattr(client, method)(path)
    body = b"".join(response) if response.streaming else response.content
    tokens = r'(?:nonce|value|content)="[^"]*"|"x-csrftoken": "\w*"'
    text = re.sub(tokens, "", body.decode(errors="replace"))
    text = text.replace(path, "")
    return response.status_code, text if words.isdigit() else text.replace(words, "")


def test_a_foreign_object_answers_like_an_absent_one(world):
    partner = ContactFactory().user
    executive = UserFactory(role=Role.EXECUTIVE)
    before = {model: model.objects.count() for model in WRITTEN}
    different = []
    for reader in (partner, executive):
        client = signed_in(reader)
        for name in OBJECTS:
            for method in ("get", "post"):
                there, gone = path_of(name, world), path_of(name, absent(name, world))
                foreign = answer(client, method, there, str(world[OBJECTS[name][0]]))
                nothing = answer(client, method, gone, str(ABSENT[OBJECTS[name][0]]))
                if foreign != nothing or foreign[0] not in (403, 404, 405):
                    different.append((reader.role, name, method, foreign[0], nothing[0]))

    assert different == []
    assert {model: model.objects.count() for model in WRITTEN} == before


def test_their_own_people_reach_them(world):
    """The negative control: nothing above is refused because the address is wrong."""
    readers = [
        *(User.objects.get(email=email) for email in ("ana@andes.example", "ejecutiva@lynn.example")),
        ContactFactory(partner=world["partner"], user__role=Role.PARTNER_ADMIN).user,
        UserFactory(role=Role.ADMINISTRATOR),
    ]
    unreached = set(OBJECTS) - {"account_withdraw_invitation"}
    for reader in readers:
        client = signed_in(reader)
        for name in sorted(unreached):
            if answer(client, "get", path_of(name, world), "-")[0] != 404:
                unreached.discard(name)

    assert sorted(unreached) == []


def test_a_stranger_is_led_to_the_login(world):
    wrong = []
    for name in [*OWN, *OBJECTS]:
        path = _any_path(name, world)
        for method in ("get", "post"):
            response = getattr(Client(), method)(path)
            led = response.status_code == 302 and response.url.startswith("/entrar/")
            if not led and response.status_code != 405 and name not in SAID_BESIDE:
                wrong.append((name, method, response.status_code))

    assert wrong == []


def _any_path(name: str, world: dict[str, object]) -> str:
    if name in OBJECTS:
        return path_of(name, world)
    rest = {"reports:csv": {"table": "compliance"}, "notices:dismiss": {"reference": "AVI-00001"}}
    return reverse(name, kwargs=rest.get(name, {}))


def test_the_desk_is_closed_to_everybody_else(world):
    """No address of the admin answers a partner, an executive or a stranger, by any method."""
    readers = [Client()] + [
        signed_in(User.objects.get(email=email)) for email in ("ana@andes.example", "ejecutiva@lynn.example")
    ]
    open_doors = []
    for path in desk_paths(get_resolver()):
        for client in readers:
            for method in ("get", "post"):
                response = getattr(client, method)(path)
                led = response.status_code == 302 and response.url.startswith(("/admin/login/", "/entrar/"))
                if not led and response.status_code not in (403, 404, 405):
                    open_doors.append((path, method, response.status_code))

    assert open_doors == []


def desk_paths(resolver: URLResolver) -> list[str]:
    """Every address under /admin/ but the login, with 1 for whatever it names."""
    found = []

    def walk(inside: URLResolver, route: str) -> None:
        for pattern in inside.url_patterns:
            whole = route + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                walk(pattern, whole)
            elif pattern.name not in ("login", "logout") and "(?P" not in whole:
                found.append("/" + re.sub(r"<[^>]*>", "1", whole).replace("\\Z", ""))

    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver) and pattern.namespace == "admin":
            walk(pattern, "admin/")
    return found
