"""What is done with incoming mail: taken in, processed, decided about, erased when its time has come."""

from .decisions import add_to_ticket, link_to_contact, open_ticket_with, reject
from .ingestion import Outcome, ingest, process, process_waiting
from .retention import erase_old

__all__ = [
    "Outcome",
    "add_to_ticket",
    "erase_old",
    "ingest",
    "link_to_contact",
    "open_ticket_with",
    "process",
    "process_waiting",
    "reject",
]
