"""`/avisos/atom.xml`: the public notices as an Atom feed (RFC 4287), newest change first."""

from datetime import datetime

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from lynnsupport.notices.markdown import to_html
from lynnsupport.notices.models import NoticeVersion
from lynnsupport.notices.queries import public_versions

from .answers import allow_origins, language_of, with_etag

ENTRIES = 50


class NoticesFeed(Feed):
    """In Spanish, or with `?lang=en` in English. An entry keeps its id through corrections."""

    feed_type = Atom1Feed

    def __call__(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        with translation.override(language_of(request)):
            response = super().__call__(request, *args, **kwargs)
        response.headers.pop("Last-Modified", None)  # of the newest entry alone; a withdrawn page is news too
        return allow_origins(request, with_etag(request, response))

    def link(self) -> str:
        return _absolute(reverse("notices:archive"))

    def feed_url(self) -> str:
        return _absolute(reverse("notices:atom"))

    def feed_guid(self) -> str:
        return self.feed_url()

    def title(self) -> str:
        return _("Notices of Lynn")

    def subtitle(self) -> str:
        return _("Changes, maintenance, incidents and deprecations.")

    def author_name(self) -> str:
        return "Lynn"

    def items(self) -> list[NoticeVersion]:
        return list(public_versions()[:ENTRIES])

    def item_title(self, version: NoticeVersion) -> str:
        return f"{_prefix(version)}{version.notice.get_kind_display()}: {version.title}"

    def item_description(self, version: NoticeVersion) -> str:
        parts = (version.what_changed, version.body, version.action)
        return "\n".join(str(to_html(part)) for part in parts if part)

    def item_link(self, version: NoticeVersion) -> str:
        return _absolute(reverse("notices:detail", args=[version.notice.reference]))

    def item_guid(self, version: NoticeVersion) -> str:
        return f"urn:uuid:{version.notice.uid}"

    def item_pubdate(self, version: NoticeVersion) -> datetime:
        return version.notice.created_at

    def item_updateddate(self, version: NoticeVersion) -> datetime:
        return version.published_at

    def item_categories(self, version: NoticeVersion) -> list[str]:
        return [version.notice.kind, *(product.slug for product in version.products.all())]


def _prefix(version: NoticeVersion) -> str:
    return f"{_('Withdrawn')} · " if version.is_withdrawal else ""


def _absolute(path: str) -> str:
    return settings.PORTAL_BASE_URL.rstrip("/") + path
