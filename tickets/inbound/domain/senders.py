"""Is this mail from a person, and is it from whom it says? RFC 3834, lists, absences; RFC 8601."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum

from lynnsupport.common.search import fold

from .reading import Head, Letter


class Automatic(StrEnum):
    """Why a mail counts as written by a machine: it neither answers, nor reopens, nor is answered (CRP-3)."""

    AUTO_SUBMITTED = "auto_submitted"
    LIST = "list"
    NULL_SENDER = "null_sender"
    NO_REPLY = "no_reply"
    ABSENCE = "absence"
    RECEIPT = "receipt"
    INVITATION = "invitation"


class Authentication(StrEnum):
    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    FAILED = "failed"


_ROBOT = re.compile(
    r"^(no[-_.]?reply|do[-_.]?not[-_.]?reply|no[-_.]?responder?|no[-_.]?responda|nao[-_.]?responda"
    r"|mailer[-_.]?daemon|postmaster|bounces?|listserv|majordomo)([-_.+\d].*)?$",
    re.I,
)
_POSTMASTERS = re.compile(r"^(mailer[-_.]?daemon|postmaster|mail[-_.]?delivery.*)$", re.I)
# Subjects of absences and of automatic answers whose program says nothing in the head; folded.
_ABSENCES = re.compile(
    r"^\W*(re|rv|fw|fwd|res|aw)?\s*:?\s*\[?\s*("
    r"respuesta automatica|contestacion automatica|resposta automatica|automatic reply|autoreply|auto reply"
    r"|auto-reply|autorespuesta|auto respuesta|auto-respuesta|automatische antwort|reponse automatique"
    r"|risposta automatica|out of (the )?office|fuera de (la )?oficina|fora do escritorio|ausencia temporal"
    r"|ausente de (la )?oficina|aviso de ausencia|mensaje de ausencia"
    r"|estoy (de vacaciones|fuera de la oficina)"
    r"|ausencia de (la )?oficina|fuera de la oficina|on (vacation|holiday|annual leave)|de vacaciones"
    r"|vacaciones|mensagem de ausencia|abwesend|abwesenheit"
    r")\b"
)
_OUT_OF_OFFICE = re.compile(r"^\W*(ooo|auto)\s*:")
_RETURNED_SUBJECT = re.compile(
    r"undeliver|delivery (status notification|failure|report|notification)|returned mail|mail delivery"
    r"|failure notice|mail (could not be |not )delivered|no se puede entregar|no entregado|devuelto"
    r"|nao entregue|falha na entrega|error de entrega|undelivered"
)
_ANSWERING_FIELDS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-autoreply-from",
    "x-vacation",
)


def why_automatic(letter: Letter) -> Automatic | None:
    """Why the mail counts as automatic, the surest sign first; None for a person's."""
    head = letter.head
    submitted = head.first("auto-submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return Automatic.AUTO_SUBMITTED
    if any(head.first(name) for name in _ANSWERING_FIELDS):
        return Automatic.AUTO_SUBMITTED
    if letter.report_type == "disposition-notification":
        return Automatic.RECEIPT
    if letter.is_invitation_reply:
        return Automatic.INVITATION
    precedence = head.first("precedence").strip().lower()
    if precedence == "auto_reply":
        return Automatic.AUTO_SUBMITTED
    if precedence in {"bulk", "list", "junk"} or head.first("list-id") or head.first("list-post"):
        return Automatic.LIST
    if _is_absence(head):
        return Automatic.ABSENCE
    if head.return_path == "":
        return Automatic.NULL_SENDER
    if head.sender and _ROBOT.match(head.sender.address.partition("@")[0]):
        return Automatic.NO_REPLY
    return None


def _is_absence(head: Head) -> bool:
    subject = fold(head.subject)
    return bool(_ABSENCES.match(subject) or _OUT_OF_OFFICE.match(subject))


def looks_returned(letter: Letter) -> bool:
    """Whether this is a mail that came back, told by a program that writes no delivery report."""
    head = letter.head
    sender = head.sender.address.partition("@")[0] if head.sender else ""
    by_postmaster = head.return_path == "" or bool(_POSTMASTERS.match(sender))
    return by_postmaster and (bool(_RETURNED_SUBJECT.search(fold(head.subject))) or bool(letter.returned_ids))


# ---------- whom it is from ----------

_RESULT = re.compile(r"^\s*(dmarc|spf|dkim)\s*=\s*([a-z]+)", re.I)


def authentication(fields: Iterable[str], *, server: str, sender: str) -> Authentication:
    """What our own mail server found about the sender's domain (RFC 8601).

    Only the first field that `server` (its authserv-id) wrote counts: it adds its own on top, and any other
    may have come with the mail. DMARC decides; without its word SPF or DKIM of that very domain.
    """
    results = _results_of(fields, server)
    if results is None:
        return Authentication.UNVERIFIED
    domain = sender.rpartition("@")[2].lower()
    dmarc = {result for method, result, _about in results if method == "dmarc"}
    if dmarc:
        if dmarc == {"pass"}:
            return Authentication.VERIFIED
        return Authentication.UNVERIFIED if dmarc <= {"none", "temperror"} else Authentication.FAILED
    passed = any(result == "pass" and _aligned(about, domain) for _method, result, about in results)
    if passed:
        return Authentication.VERIFIED
    failed = any(method == "spf" and result == "fail" for method, result, _about in results)
    return Authentication.FAILED if failed else Authentication.UNVERIFIED


def _results_of(fields: Iterable[str], server: str) -> list[tuple[str, str, str]] | None:
    """(method, result, what it is about) of our server's field; None where it wrote none."""
    if not server:
        return None
    for value in fields:
        text = re.sub(r"\([^()]*\)", " ", value)
        named, *pieces = text.split(";")
        if named.split()[:1] and named.split()[0].lower() == server.lower():
            return list(_read_results(pieces))
    return None


def _read_results(pieces: list[str]) -> Iterator[tuple[str, str, str]]:
    for piece in pieces:
        found = _RESULT.match(piece)
        if found:
            yield found[1].lower(), found[2].lower(), piece[found.end() :].lower()


def _aligned(about: str, domain: str) -> bool:
    """Whether the domain that passed is the sender's, or one of the two lies within the other."""
    named = re.findall(
        r"(?:smtp\.mailfrom|header\.d|header\.i|header\.from)\s*=\s*[^\s;]*?([^\s;@=]+)(?=\s|$)", about
    )
    return any(
        each == domain or each.endswith(f".{domain}") or (each.count(".") and domain.endswith(f".{each}"))
        for each in named
    )
