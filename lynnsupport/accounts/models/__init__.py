"""People and organisations: who may ask for support, for what, and since when."""

from .deputies import Deputy
from .fields import validate_time_zone
from .invitations import Invitation
from .organisations import Contract, Country, Customer, Partner, Tenant
from .people import Certification, Contact, Designation, local_date
from .users import User

__all__ = [
    "Certification",
    "Contact",
    "Contract",
    "Country",
    "Customer",
    "Deputy",
    "Designation",
    "Invitation",
    "Partner",
    "Tenant",
    "User",
    "local_date",
    "validate_time_zone",
]
