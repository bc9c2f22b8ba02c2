"""What may be done with a notice: write it, have it approved, send it, correct it, withdraw it, tell it."""

from .dispatching import Told, dispatch_due
from .drafting import approve, ask_approval, correct, discard, draft_notice, save_draft, withdraw
from .guarding import Faulty, open_points
from .publishing import plan_publication, publish_due, publish_now, unschedule
from .reading import choose_mails, decline_by_link, declined_by, dismiss, renew_address

__all__ = [
    "Faulty",
    "Told",
    "approve",
    "ask_approval",
    "choose_mails",
    "correct",
    "decline_by_link",
    "declined_by",
    "discard",
    "dismiss",
    "dispatch_due",
    "draft_notice",
    "open_points",
    "plan_publication",
    "publish_due",
    "publish_now",
    "renew_address",
    "save_draft",
    "unschedule",
    "withdraw",
]
