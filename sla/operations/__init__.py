"""Acts that change what is promised: publish, import holidays, agree a maintenance window.

All are atomic. `by` is who acts (None: the product itself, loading what it ships), `now` the instant of the
act. What the rules or the person's role do not allow raises `Refused` with the reason.
"""

from .case_terms import CASE_TERMS_FIGURES, check_case_terms, publish_case_terms
from .holidays import Announced, HolidayPlan, import_holidays, plan_holidays
from .maintenance import agree_maintenance, check_maintenance
from .publishing import draft_policy, make_default, publish_calendar, publish_policy

__all__ = [
    "CASE_TERMS_FIGURES",
    "Announced",
    "HolidayPlan",
    "agree_maintenance",
    "check_case_terms",
    "check_maintenance",
    "draft_policy",
    "import_holidays",
    "make_default",
    "plan_holidays",
    "publish_calendar",
    "publish_case_terms",
    "publish_policy",
]
