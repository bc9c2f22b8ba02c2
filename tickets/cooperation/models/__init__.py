"""What is asked of the customer and until when, who may enter their machines, whose designation ends."""

from .closing import ClosingTerm
from .contacts import DesignationProposal, EndReminder
from .requests import CustomerRequest, RemoteAccess

__all__ = ["ClosingTerm", "CustomerRequest", "DesignationProposal", "EndReminder", "RemoteAccess"]
