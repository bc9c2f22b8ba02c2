"""From an address to a notice that its reader may see; any other is answered as if there were none."""

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from lynnsupport.notices.models import NoticeVersion
from lynnsupport.notices.models.notice import number_in
from lynnsupport.notices.queries import visible_to


class Reference:
    """A path converter: `AVI-00012`, in capitals or not."""

    regex = r"[Aa][Vv][Ii]-\d{5,12}"

    def to_python(self, value: str) -> str:
        if number_in(value) is None:
            raise ValueError(value)
        return value.upper()

    def to_url(self, value: str) -> str:
        return value


def version_or_404(request: HttpRequest, reference: str) -> NoticeVersion:
    """The version in force of that notice, if the reader may see it."""
    found = visible_to(request.user).filter(notice=number_in(reference)).first()
    if found is None:
        raise Http404(_("There is no such notice."))
    return found
