"""Notices and their versions. What was published stays; a change is the next version (NOT-5)."""

import uuid
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Tenant, validate_time_zone
from lynnsupport.common.search import fold
from lynnsupport.notices.domain import kinds, lifecycle
from lynnsupport.notices.domain.audience import Audience

from .catalogue import Product, Provider

KIND_LABELS = [
    (kinds.Kind.CHANGE.value, pgettext_lazy("kind of notice", "Change")),
    (kinds.Kind.MAINTENANCE.value, pgettext_lazy("kind of notice", "Maintenance")),
    (kinds.Kind.INCIDENT.value, pgettext_lazy("kind of notice", "Incident")),
    (kinds.Kind.DEPRECATION.value, pgettext_lazy("kind of notice", "Deprecation")),
]


def reference_of(number: int) -> str:
    """`AVI-00012`: how a notice is named in subjects, addresses and on the telephone."""
    return f"AVI-{number:05d}"


def number_in(reference: str) -> int | None:
    """The number in a reference as `reference_of` writes it; None for anything else."""
    digits = reference.upper().removeprefix("AVI-")
    is_one = digits.isascii() and digits.isdigit() and len(digits) <= 12
    return int(digits) if is_one and reference_of(int(digits)) == reference.upper() else None


class Notice(models.Model):
    """One matter that people are told about, from its announcement to its end, in one thread."""

    kind = models.CharField(_("kind"), max_length=12, choices=KIND_LABELS)
    uid = models.UUIDField(_("calendar UID"), default=uuid.uuid4, unique=True, editable=False)
    current = models.OneToOneField(
        "NoticeVersion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("version in force"),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("begun by")
    )
    created_at = models.DateTimeField(_("begun at"))

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in kinds.Kind]), name="notice_kind_declared"
            )
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return reference_of(self.pk)

    @property
    def is_withdrawn(self) -> bool:
        return self.current is not None and self.current.step == kinds.Step.WITHDRAWN


class NoticeVersion(models.Model):
    """What a notice says from one moment on: a draft until it is published, then for ever as it is."""

    class State(models.TextChoices):
        DRAFT = lifecycle.State.DRAFT.value, _("Draft")
        SCHEDULED = lifecycle.State.SCHEDULED.value, _("Scheduled")
        PUBLISHED = lifecycle.State.PUBLISHED.value, _("Published")
        DISCARDED = lifecycle.State.DISCARDED.value, _("Discarded")

    class Step(models.TextChoices):
        ANNOUNCED = kinds.Step.ANNOUNCED.value, _("Announced")
        CORRECTED = kinds.Step.CORRECTED.value, _("Corrected")
        WITHDRAWN = kinds.Step.WITHDRAWN.value, _("Withdrawn")

    class Origin(models.TextChoices):
        LYNN = kinds.Origin.LYNN.value, "Lynn"
        THIRD_PARTY = kinds.Origin.THIRD_PARTY.value, _("A third party")
        CHANNEL = kinds.Origin.CHANNEL.value, _("A channel")

    class Progress(models.TextChoices):
        INVESTIGATING = kinds.Progress.INVESTIGATING.value, _("Being investigated")
        IDENTIFIED = kinds.Progress.IDENTIFIED.value, _("Cause found")
        MONITORING = kinds.Progress.MONITORING.value, _("Being watched")
        RESOLVED = kinds.Progress.RESOLVED.value, pgettext_lazy("incident", "Resolved")

    class Impact(models.TextChoices):
        MINOR = "minor", pgettext_lazy("impact", "Minor")
        MAJOR = "major", pgettext_lazy("impact", "Major")
        CRITICAL = "critical", pgettext_lazy("impact", "Critical")

    notice = models.ForeignKey(
        Notice, on_delete=models.PROTECT, related_name="versions", verbose_name=_("notice")
    )
    number = models.PositiveSmallIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    step = models.CharField(_("what it does"), max_length=10, choices=Step.choices, default=Step.ANNOUNCED)

    origin = models.CharField(_("origin"), max_length=12, choices=Origin.choices, default=Origin.LYNN)
    progress = models.CharField(_("progress"), max_length=14, choices=Progress.choices, blank=True)
    impact = models.CharField(_("impact"), max_length=8, choices=Impact.choices, blank=True)
    products = models.ManyToManyField(
        Product, blank=True, related_name="+", verbose_name=_("affected products and channels")
    )
    providers = models.ManyToManyField(
        Provider, blank=True, related_name="+", verbose_name=_("affected providers")
    )
    tenants = models.ManyToManyField(
        Tenant, blank=True, related_name="+", verbose_name=_("affected tenants, if not all")
    )

    title_es = models.CharField(_("title in Spanish"), max_length=120, blank=True)
    body_es = models.TextField(_("what changes, in Spanish"), blank=True)
    action_es = models.TextField(_("what readers have to do, in Spanish"), blank=True)
    what_changed_es = models.TextField(_("what this version changes, in Spanish"), blank=True)
    title_en = models.CharField(_("title in English"), max_length=120, blank=True)
    body_en = models.TextField(_("what changes, in English"), blank=True)
    action_en = models.TextField(_("what readers have to do, in English"), blank=True)
    what_changed_en = models.TextField(_("what this version changes, in English"), blank=True)
    search_text = models.TextField(editable=False, blank=True)

    starts_at = models.DateTimeField(_("takes effect"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    action_by = models.DateTimeField(_("to be done by"), null=True, blank=True)
    time_zone = models.CharField(
        _("zone of the times"), max_length=50, default="America/Santiago", validators=[validate_time_zone]
    )
    announces_downtime = models.BooleanField(_("announces downtime (AVL-4)"), default=False)

    audience = models.JSONField(_("audience"), default=dict)
    by_mail = models.BooleanField(_("e-mail to the contacts"), default=True)
    in_portal = models.BooleanField(_("banner in the portal"), default=True)
    in_feed = models.BooleanField(_("feed for Lynn's administration"), default=True)
    to_executives = models.BooleanField(_("digest to the executives"), default=False)
    is_public = models.BooleanField(_("public page, Atom and calendar"), default=False)

    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("drafted by")
    )
    drafted_at = models.DateTimeField(_("drafted at"))
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("last edited by")
    )
    edited_at = models.DateTimeField(_("last edited at"))
    approval_asked_at = models.DateTimeField(_("approval asked for at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sent by"),
    )
    publish_at = models.DateTimeField(_("to be sent at"), null=True, blank=True)
    published_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    held_back = models.TextField(_("why it did not go out"), blank=True)

    class Meta:
        verbose_name = _("version of a notice")
        verbose_name_plural = _("versions of notices")
        ordering = ["notice_id", "number"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["publish_at"], condition=Q(state="scheduled"), name="notice_version_due"),
            models.Index(fields=["-published_at"], name="notice_version_published"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["notice", "number"], name="notice_version_once"),
            models.UniqueConstraint(
                fields=["notice"],
                condition=Q(state__in=["draft", "scheduled"]),
                name="notice_one_version_in_hand",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in lifecycle.State])
                & Q(step__in=[step.value for step in kinds.Step]),
                name="notice_version_declared",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(starts_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="notice_ends_after_start",
                violation_error_message=_("The end is not after the start."),
            ),
            models.CheckConstraint(
                condition=Q(state="published", published_at__isnull=False, sent_by__isnull=False)
                | (~Q(state="published") & Q(published_at__isnull=True)),
                name="notice_published_at_when_published",
            ),
            models.CheckConstraint(
                condition=~Q(state="scheduled") | Q(publish_at__isnull=False, sent_by__isnull=False),
                name="notice_publish_at_when_scheduled",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="notice_approved_at_and_by",
            ),
            models.CheckConstraint(  # NOT-3: a second person
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("edited_by")),
                name="notice_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice} · {self.number}"

    def save(self, *args, **kwargs) -> None:
        texts = (self.title_es, self.title_en, self.body_es, self.body_en, self.action_es, self.action_en)
        self.search_text = fold(" ".join(texts))
        super().save(*args, **kwargs)

    # ---------- what it says ----------

    def in_language(self, field: str, language: str | None = None) -> str:
        """`title`, `body`, `action` or `what_changed` in that language or the reader's.

        In Spanish where the notice is not offered in the other; an English notice may leave a part out.
        """
        spoken = (language or get_language() or "es").partition("-")[0]
        wanted = "en" if spoken == "en" and self.title_en else "es"
        return getattr(self, f"{field}_{wanted}") or getattr(self, f"{field}_es")

    @property
    def title(self) -> str:
        return self.in_language("title")

    @property
    def body(self) -> str:
        return self.in_language("body")

    @property
    def action(self) -> str:
        return self.in_language("action")

    @property
    def what_changed(self) -> str:
        return self.in_language("what_changed")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def for_whom(self) -> Audience:
        return Audience.of(self.audience)

    # ---------- where it stands ----------

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def is_withdrawal(self) -> bool:
        return self.step == self.Step.WITHDRAWN

    @property
    def needs_approval(self) -> bool:
        """NOT-3: what goes to everyone is read by a second person first."""
        return self.for_whom.everyone

    @property
    def sequence(self) -> int:
        """RFC 5545 3.8.7.4: 0 for the first version sent, higher with each."""
        return self.number - 1


class Dispatch(models.Model):
    """How far the telling of one published version has come."""

    version = models.OneToOneField(
        NoticeVersion, on_delete=models.PROTECT, related_name="dispatch", verbose_name=_("version")
    )
    cursor = models.CharField(_("told up to this address"), max_length=254, blank=True)
    next_run_at = models.DateTimeField(
        _("next run"),
        null=True,
        blank=True,
        help_text=_("Empty when nobody is told any more, whoever joins."),
    )
    completed_at = models.DateTimeField(_("everyone told at"), null=True, blank=True)

    class Meta:
        verbose_name = _("dispatch")
        verbose_name_plural = _("dispatches")
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["next_run_at"], condition=Q(next_run_at__isnull=False), name="notice_dispatch_due"
            )
        ]

    def __str__(self) -> str:
        return str(self.version)
