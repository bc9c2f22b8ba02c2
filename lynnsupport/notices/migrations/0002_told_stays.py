"""What was published and who was told stay as they are, in the database too (NOT-5, AVL-4)."""

from django.db import migrations

from lynnsupport.common.guards import guard

PUBLISHED = (
    "EXISTS (SELECT 1 FROM notices_noticeversion v WHERE v.state = 'published' AND v.id IN ({}))"
)
AFFECTED = ("products", "providers", "tenants")


def guards():
    yield guard(
        "notice_version_stays",
        table="notices_noticeversion",
        before="UPDATE",
        when="OLD.state = 'published'",
        message="a published version of a notice cannot be changed",
    )
    for name in AFFECTED:
        table = f"notices_noticeversion_{name}"
        for before, rows, only in (
            ("INSERT", "NEW.noticeversion_id", None),
            ("UPDATE", "OLD.noticeversion_id, NEW.noticeversion_id", None),
            ("DELETE", "OLD.noticeversion_id", "postgresql"),  # SQLite's test suite empties tables by DELETE
        ):
            yield guard(
                f"notice_{name}_{before.lower()}",
                table=table,
                before=before,
                when=PUBLISHED.format(rows),
                message="what a published version of a notice affects cannot be changed",
                only=only,
            )
    yield guard(
        "notice_delivery_stays",
        table="notices_delivery",
        before="UPDATE",
        when=(
            "OLD.version_id <> NEW.version_id OR OLD.way <> NEW.way OR OLD.address <> NEW.address"
            " OR OLD.at <> NEW.at OR COALESCE(OLD.message_id, 0) <> COALESCE(NEW.message_id, 0)"
        ),
        message="who was told of a notice cannot be changed",
    )
    for table in ("notices_noticeversion", "notices_delivery"):
        yield guard(
            f"{table}_undeleted",
            table=table,
            before="DELETE",
            message=f"{table}: no deletion",
            only="postgresql",
        )


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]
    operations = [*guards()]
