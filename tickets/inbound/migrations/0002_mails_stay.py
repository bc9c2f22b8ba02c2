"""What came in stays as it came: bytes, digest and outcome never change, decisions are append-only.

Deleting is refused by PostgreSQL; SQLite's test suite empties tables by DELETE, so there the models alone
refuse it.
"""

from django.db import migrations

from lynnsupport.common.guards import guard

MAIL, DECISION = "inbound_inboundmail", "inbound_maildecision"


class Migration(migrations.Migration):
    dependencies = [("inbound", "0001_initial")]
    operations = [
        guard(
            f"{MAIL}_unchanged",
            table=MAIL,
            before="UPDATE",
            when="NEW.sha256 <> OLD.sha256 OR (NEW.raw <> OLD.raw AND NEW.erased_at IS NULL)"
            " OR (OLD.outcome <> '' AND NEW.outcome <> OLD.outcome)",
            message="a mail stays as it came and as it ended",
        ),
        guard(
            f"{MAIL}_undeleted",
            table=MAIL,
            before="DELETE",
            message="mails are not deleted",
            only="postgresql",
        ),
        guard(
            f"{DECISION}_unchanged",
            table=DECISION,
            before="UPDATE",
            message="decisions on mails are append-only: no change",
        ),
        guard(
            f"{DECISION}_undeleted",
            table=DECISION,
            before="DELETE",
            message="decisions on mails are append-only: no deletion",
            only="postgresql",
        ),
    ]
