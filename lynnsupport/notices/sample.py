"""Invented notices to look at the portal with; never for an installation that serves customers."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import User

from .domain.audience import Audience
from .models import Notice, NoticeVersion, Product, Provider
from .operations import approve, correct, draft_notice, publish_now, save_draft

CHILE = ZoneInfo("America/Santiago")
PRODUCTS = (
    ("whatsapp", "WhatsApp", "Meta"),
    ("instagram", "Instagram", "Meta"),
    ("teams", "Microsoft Teams", "Microsoft"),
    ("telefonia", "Telefonía", "Twilio"),
    ("chat-web", "Chat web", ""),
    ("consola", "Consola de agentes", ""),
)


def make_catalogue() -> dict[str, Product]:
    """The products and providers of the samples, by slug; those that are there already stay."""
    made = {}
    for slug, name, provider_name in PRODUCTS:
        provider = None
        if provider_name:
            provider, _new = Provider.objects.get_or_create(
                slug=provider_name.lower(), defaults={"name": provider_name}
            )
        made[slug], _new = Product.objects.get_or_create(
            slug=slug, defaults={"name": name, "provider": provider}
        )
    return made


def make_sample_notices(*, now: datetime) -> int:
    """A planned maintenance, an incident that is over and a deprecation, as if the desk had sent them.

    Needs an engineer and a desk lead. Returns how many notices it made: none where there is one already.
    """
    engineer = User.objects.filter(role=Role.ENGINEER, is_active=True).order_by("pk").first()
    lead = User.objects.filter(role=Role.DESK_LEAD, is_active=True).order_by("pk").first()
    if Notice.objects.exists() or engineer is None or lead is None:
        return 0
    products = make_catalogue()
    _incident(engineer, lead, products, now - timedelta(days=6))
    _deprecation(engineer, lead, products, now)
    _maintenance(engineer, lead, now)
    return 3


def _send(version: NoticeVersion, lead: User, now: datetime) -> NoticeVersion:
    if version.needs_approval:
        approve(version, by=lead, now=now, seen=version.edited_at)
    return publish_now(version, by=version.edited_by, now=now)


def _maintenance(by: User, lead: User, now: datetime) -> None:
    night = datetime.combine((now + timedelta(days=3)).astimezone(CHILE).date(), time(2), CHILE)
    content = {
        "title_es": "Mantenimiento programado de la plataforma",
        "body_es": (
            "Vamos a actualizar la base de datos para acortar los tiempos de respuesta de los reportes.\n\n"
            "Durante la ventana **la consola de agentes y los reportes no estarán disponibles**. Los bots"
            " siguen contestando; las conversaciones que pidan un agente esperan hasta el término."
        ),
        "title_en": "Planned maintenance of the platform",
        "body_en": (
            "We are going to upgrade the database so that reports answer sooner.\n\n"
            "During the window **the agents' console and the reports will not be available**. Bots go on"
            " answering; conversations that ask for an agent wait until the end."
        ),
        "starts_at": night,
        "ends_at": night + timedelta(hours=2),
        "announces_downtime": True,
        "to_executives": True,
        "is_public": True,
        "audience": Audience(everyone=True),
    }
    _send(draft_notice(by=by, kind="maintenance", now=now, content=content), lead, now)


def _deprecation(by: User, lead: User, products: dict[str, Product], now: datetime) -> None:
    day = datetime.combine((now + timedelta(days=45)).astimezone(CHILE).date(), time(23, 59), CHILE)
    content: dict[str, Any] = {
        "title_es": "La versión 1 del conector de WhatsApp deja de estar disponible",
        "body_es": (
            "Meta retira la interfaz que usa la versión 1 de nuestro conector. La reemplaza la"
            " **versión 2**, que ya está en todas las instancias.\n\nDespués de la fecha, los flujos que"
            " sigan en la versión 1 no recibirán mensajes."
        ),
        "action_es": "Cambie sus flujos a la versión 2 en *Canales → WhatsApp → Versión* y pruébelos.",
        "title_en": "Version 1 of the WhatsApp connector ceases to be available",
        "body_en": (
            "Meta withdraws the interface on which version 1 of our connector stands. It is replaced"
            " by **version 2**, which every instance already has.\n\nAfter the date, flows still on version 1"
            " get no messages."
        ),
        "action_en": "Move your flows to version 2 under *Channels → WhatsApp → Version* and try them.",
        "origin": NoticeVersion.Origin.THIRD_PARTY,
        "starts_at": day,
        "action_by": day,
        "products": [products["whatsapp"]],
        "providers": [products["whatsapp"].provider],
        "is_public": True,
        "audience": Audience(products=frozenset({products["whatsapp"].pk})),
    }
    _send(draft_notice(by=by, kind="deprecation", now=now, content=content), lead, now)


def _incident(by: User, lead: User, products: dict[str, Product], began: datetime) -> None:
    content = {
        "title_es": "Microsoft Teams: los mensajes llegan con retraso",
        "body_es": "Los mensajes de Teams llegan con hasta diez minutos de retraso. Investigamos la causa.",
        "title_en": "Microsoft Teams: messages arrive late",
        "body_en": "Messages from Teams arrive up to ten minutes late. We are investigating the cause.",
        "progress": NoticeVersion.Progress.INVESTIGATING,
        "impact": NoticeVersion.Impact.MINOR,
        "origin": NoticeVersion.Origin.CHANNEL,
        "starts_at": began - timedelta(minutes=20),
        "products": [products["teams"]],
        "providers": [products["teams"].provider],
        "by_mail": False,  # it is told as if it had happened; nobody needs a mail about it now
        "is_public": True,
        "audience": Audience(everyone=True),
    }
    first = _send(draft_notice(by=by, kind="incident", now=began, content=content), lead, began)
    over = began + timedelta(minutes=95)
    content = {
        "what_changed_es": "Los mensajes llegan a tiempo desde hace media hora.",
        "what_changed_en": "Messages have arrived in time for half an hour.",
        "body_es": "Microsoft corrigió la falla de su servicio de mensajería. No se perdió ningún mensaje.",
        "body_en": "Microsoft mended its messaging service. No message was lost.",
        "progress": NoticeVersion.Progress.RESOLVED,
        "ends_at": over - timedelta(minutes=30),
    }
    draft = save_draft(correct(first.notice, by=by, now=over), by=by, now=over, content=content)
    _send(draft, lead, over)
