"""What readers do: put a banner away, choose what comes by mail, get a secret address for their calendar."""

import secrets
from collections.abc import Collection
from datetime import datetime

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.access import tenants_visible_to
from lynnsupport.accounts.models import Tenant, User
from lynnsupport.common.refusal import Refused
from lynnsupport.notices.banners import forget_banners
from lynnsupport.notices.domain.kinds import Kind, Way
from lynnsupport.notices.mails import DECLINE_SALT
from lynnsupport.notices.models import Delivery, MailChoice, Notice, TenantAddress


@transaction.atomic
def dismiss(notice: Notice, *, by: User, now: datetime) -> int:
    """Puts the notice's banner away for that person; returns how many rows said so. Twice is once.

    Refused while something still has to be done: it stays until then.
    """
    current = notice.current
    if current and current.action_es and current.action_by and current.action_by > now:
        raise Refused(
            _("It asks you to do something, so it stays until that day."),
            rule="NOT-2",
            allowed_from=current.action_by,
        )
    shown = Delivery.objects.filter(
        version__notice=notice, way=Way.BANNER, user=by, dismissed_at__isnull=True
    )
    put_away = shown.update(dismissed_at=now)
    forget_banners(by.pk)
    return put_away


@transaction.atomic
def choose_mails(*, by: User, now: datetime, wanted: Collection[str]) -> None:
    """From now on `by` gets the kinds `wanted` by mail; maintenance and incidents of their own tenants come
    anyway (NOT-4)."""
    address = by.email.lower()
    for kind in Kind:
        if kind in wanted:
            MailChoice.objects.filter(address=address, kind=kind).delete()
        else:
            MailChoice.objects.get_or_create(address=address, kind=kind, defaults={"since": now})


def declined_by(token: str) -> tuple[str, Kind] | None:
    """Address and kind that an unsubscribe link of ours names; None for any other. Changes nothing."""
    try:
        address, kind = signing.loads(token, salt=DECLINE_SALT)
        return str(address), Kind(kind)
    except (signing.BadSignature, ValueError, TypeError):
        return None


@transaction.atomic
def decline_by_link(token: str, *, now: datetime) -> tuple[str, Kind] | None:
    """What the link asks is done (RFC 8058): that kind comes to that address no more. Twice is once."""
    asked = declined_by(token)
    if asked is not None:
        address, kind = asked
        MailChoice.objects.get_or_create(address=address, kind=kind, defaults={"since": now})
    return asked


@transaction.atomic
def renew_address(tenant: Tenant, *, by: User, now: datetime) -> TenantAddress:
    """A new secret address for the tenant's calendar and feed; the one before it answers no more."""
    if not tenants_visible_to(by).filter(pk=tenant.pk).exists():
        raise Refused(_("This tenant belongs to another organisation."))
    address, _is_new = TenantAddress.objects.update_or_create(
        tenant=tenant, defaults={"secret": secrets.token_urlsafe(32), "made_by": by, "made_at": now}
    )
    return address
