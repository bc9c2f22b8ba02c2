"""Reads over incoming mail. Lynn's people alone see it: its pages ask for a permission, not for a scope."""

from django.db.models import Q, QuerySet

from .models import InboundMail

# What the desk's list can be narrowed to.
WAITING, QUARANTINED, IGNORED, BOUNCED, TAKEN, ALL = (
    "waiting",
    "quarantined",
    "ignored",
    "bounced",
    "taken",
    "all",
)


def waiting() -> QuerySet[InboundMail]:
    """In quarantine, and nobody has decided about it yet."""
    return InboundMail.objects.filter(outcome="quarantined", decided_at__isnull=True)


def narrowed(which: str, words: str) -> QuerySet[InboundMail]:
    """The mails of one sort in which the words are found: sender, subject, Message-ID; the newest first."""
    mails = {
        WAITING: waiting,
        QUARANTINED: lambda: InboundMail.objects.filter(outcome="quarantined"),
        IGNORED: lambda: InboundMail.objects.filter(outcome="ignored"),
        BOUNCED: lambda: InboundMail.objects.filter(outcome="bounce"),
        TAKEN: lambda: InboundMail.objects.filter(outcome__in=["new_ticket", "reply"]),
        ALL: InboundMail.objects.all,
    }[which]()
    for word in words.split()[:8]:
        mails = mails.filter(
            Q(sender_address__icontains=word)
            | Q(sender_name__icontains=word)
            | Q(subject__icontains=word)
            | Q(identifier__icontains=word)
        )
    return mails.select_related("ticket", "contact").order_by("-received_at", "-pk")


def mail_of_message(message_id: int) -> InboundMail | None:
    """The mail that a ticket's message came as."""
    return InboundMail.objects.filter(message=message_id).first()
