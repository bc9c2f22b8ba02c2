"""Reads over notices: what stood announced to a tenant, what a reader may see, how the telling goes."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from lynnsupport.accounts.models import Contact, Tenant, User
from lynnsupport.common.intervals import Interval, clip
from lynnsupport.outbox.models import OutboxMessage

from .domain.announcing import Stated, announced
from .domain.kinds import Kind, Step, Way
from .models import Delivery, Notice, NoticeVersion
from .reach import concerned_tenants

# ---------- what stood announced (AVL-4) ----------


@dataclass(frozen=True)
class Announcement:
    """A downtime as it stood announced to one tenant.

    `notice` is its reference, `announced_at` the instant at which the first mail that states this window to
    the tenant's people left, `proof` a sentence that names notice, version and delivery.
    """

    notice: str
    window: Interval
    announced_at: datetime
    proof: str


def announced_downtimes(tenant: Tenant, period: Interval) -> list[Announcement]:
    """The downtimes announced to `tenant` whose window touches `period`, by their start (AVL-4, NOT-5).

    `window` is that of the version in force, uncut: the latest that was published before the window it
    replaces had begun. A window nobody of the tenant was told of by a mail that left and did not come back is
    not here, nor is a withdrawn one. `announced_at` may lie after the window's start: judge it.
    """
    maintenances = Notice.objects.filter(kind=Kind.MAINTENANCE, current__isnull=False)
    if period.end is not None:
        maintenances = maintenances.filter(versions__starts_at__lt=period.end)
    found = []
    for notice in maintenances.filter(
        versions__state="published", versions__announces_downtime=True, versions__ends_at__gt=period.start
    ).distinct():
        announcement = _announced_by(notice, tenant)
        if announcement and clip([announcement.window], period):
            found.append(announcement)
    return sorted(found, key=lambda one: (one.window.start, one.notice))


def _announced_by(notice: Notice, tenant: Tenant) -> Announcement | None:
    versions = list(
        notice.versions.filter(state="published")
        .order_by("number")
        .prefetch_related("products", "providers", "tenants")
    )
    first_mails = _first_mails(versions, tenant)
    in_force = announced(
        [
            Stated(
                number=version.number,
                step=Step(version.step),
                published_at=version.published_at,
                window=_window_for(version, tenant),
                told_at=first_mails[version.pk].message.sent_at if version.pk in first_mails else None,
            )
            for version in versions
        ]
    )
    if in_force is None:
        return None
    version = next(each for each in versions if each.number == in_force.by_version)
    delivery = first_mails[version.pk]
    proof = _("%(notice)s, version %(version)d: mail to %(address)s, sent %(at)s, %(message_id)s.") % {
        "notice": notice.reference,
        "version": version.number,
        "address": delivery.address,
        "at": in_force.told_at.isoformat(timespec="seconds"),
        "message_id": delivery.message.message_id,
    }
    return Announcement(notice.reference, in_force.window, in_force.told_at, proof)


def _window_for(version: NoticeVersion, tenant: Tenant) -> Interval | None:
    if not (version.announces_downtime and version.starts_at and version.ends_at):
        return None
    if not concerned_tenants(version).filter(pk=tenant.pk).exists():
        return None
    return Interval(version.starts_at, version.ends_at)


def _first_mails(versions: list[NoticeVersion], tenant: Tenant) -> dict[int, Delivery]:
    """By version, the first mail about it that left for somebody of the tenant and did not come back."""
    customer = tenant.customer
    own_people = Q(customer__isnull=True) | Q(customer=customer)
    # one person may be a contact of several partners, under one address and so with one mail
    addresses = Contact.objects.filter(own_people, partner=customer.partner_id).values("email")
    sent = (
        Delivery.objects.filter(
            Q(own_people, partner=customer.partner_id) | Q(address__in=addresses),
            version__in=versions,
            way=Way.MAIL,
            message__state=OutboxMessage.State.SENT,
            message__bounced_at__isnull=True,
        )
        .select_related("message")
        .order_by("-message__sent_at", "-pk")
    )
    return {delivery.version_id: delivery for delivery in sent}


# ---------- who may read what ----------

# The limits of an audience that name organisations or roles (`Audience.is_confidential`).
CONFIDENTIAL = ("partners", "customers", "tenants", "roles")


def public_versions() -> QuerySet[NoticeVersion]:
    """What anybody may read: the versions in force of notices with a public page, newest first.

    A notice whose audience names an organisation never gets here: publishing refuses it.
    """
    return in_force().filter(is_public=True)


def feed_versions() -> QuerySet[NoticeVersion]:
    """What the open feed tells: the versions in force chosen for it whose audience names no organisation and
    no role, and that name no tenant."""
    open_to_all = Q()
    for name in CONFIDENTIAL:
        open_to_all &= Q(**{f"audience__{name}__isnull": True})
    named = NoticeVersion.tenants.through.objects.values("noticeversion")
    return in_force().filter(open_to_all, in_feed=True).exclude(pk__in=named)


def concerning(versions: QuerySet[NoticeVersion], tenant: Tenant) -> list[NoticeVersion]:
    """Those of `versions` that concern `tenant`; a few queries for each, so hand in few.

    What is meant for some roles alone is not for a calendar that whoever has the address reads.
    """
    for_everybody = versions.filter(audience__roles__isnull=True).prefetch_related("tenants")
    return [version for version in for_everybody if concerned_tenants(version).filter(pk=tenant.pk).exists()]


def in_force() -> QuerySet[NoticeVersion]:
    """The latest published version of each notice, newest first; whoever shows them narrows them."""
    return (
        NoticeVersion.objects.filter(notice__current=F("pk"))
        .select_related("notice")
        .prefetch_related("products", "providers")
        .order_by("-published_at", "-pk")
    )


def visible_to(user: User | AnonymousUser) -> QuerySet[NoticeVersion]:
    """The versions in force that `user` may read: the public ones, those sent to them, an executive those
    sent to their partners, the desk all of them."""
    if not user.is_authenticated or not user.is_active:
        return public_versions()
    if user.has_perm("notices.view_notice"):
        return in_force()
    told = Delivery.objects.filter(_told_to(user)).values("version__notice")
    return in_force().filter(Q(is_public=True) | Q(notice__in=told))


def versions_of(version: NoticeVersion, user: User | AnonymousUser) -> QuerySet[NoticeVersion]:
    """The published versions of the same notice that `user` may read too, newest first.

    One that was neither public nor sent to them stays unread, whatever a later version is.
    """
    versions = NoticeVersion.objects.filter(notice=version.notice, state="published").order_by("-number")
    if not user.is_authenticated or not user.is_active:
        return versions.filter(is_public=True)
    if user.has_perm("notices.view_notice"):
        return versions
    told = Delivery.objects.filter(_told_to(user), version__notice=version.notice).values("version")
    return versions.filter(Q(is_public=True) | Q(pk__in=told))


def _told_to(user: User) -> Q:
    """Deliveries to that person; for an executive also those to the people of their partners."""
    return Q(user=user) | Q(partner__executive=user) if user.is_executive else Q(user=user)


# ---------- how the telling goes ----------


@dataclass(frozen=True)
class Progress:
    """The counts of one version: people told by each way, and the fate of the mails."""

    people: int
    mails: int
    sent: int
    waiting: int
    given_up: int
    came_back: int
    declined: int
    banners: int
    dismissed: int
    executives: int

    @property
    def share(self) -> int:
        """Whole percent of the mails that left, cut."""
        return 100 * self.sent // self.mails if self.mails else 100


def progress_of(version: NoticeVersion) -> Progress:
    told = Delivery.objects.filter(version=version)
    mailed = Q(way=Way.MAIL, is_declined=False)
    figures = told.aggregate(
        people=Count("address", distinct=True),
        mails=Count("pk", filter=mailed),
        sent=Count("pk", filter=mailed & Q(message__state="sent")),
        waiting=Count("pk", filter=mailed & Q(message__state__in=["pending", "sending"])),
        given_up=Count("pk", filter=mailed & Q(message__state="given_up")),
        came_back=Count("pk", filter=mailed & Q(message__bounced_at__isnull=False)),
        declined=Count("pk", filter=Q(is_declined=True)),
        banners=Count("pk", filter=Q(way=Way.BANNER)),
        dismissed=Count("pk", filter=Q(dismissed_at__isnull=False)),
        executives=Count("pk", filter=Q(way=Way.EXECUTIVE)),
    )
    return Progress(**figures)


def troubled(version: NoticeVersion, limit: int = 50) -> QuerySet[Delivery]:
    """Deliveries whose mail came back or was given up, the latest first."""
    return (
        Delivery.objects.filter(
            Q(message__state="given_up") | Q(message__bounced_at__isnull=False), version=version
        )
        .select_related("message", "partner", "customer")
        .order_by("-pk")[:limit]
    )
