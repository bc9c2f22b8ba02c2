"""The database refuses to change what was published, whoever asks (bulk updates included)."""

from django.db import migrations

RULES = {
    # trigger: (table, before, when, message)
    "calendar_version_stays": (
        "sla_calendarversion",
        "UPDATE",
        "TRUE",
        "a published calendar version cannot be changed",
    ),
    "policy_version_stays": (
        "sla_policyversion",
        "UPDATE",
        "OLD.published_at IS NOT NULL",
        "a published policy version cannot be changed",
    ),
    "policy_target_stays": (
        "sla_policytarget",
        "UPDATE",
        "EXISTS (SELECT 1 FROM sla_policyversion v WHERE v.published_at IS NOT NULL"
        " AND v.id IN (OLD.version_id, NEW.version_id))",
        "a target of a published policy version cannot be changed",
    ),
    "policy_target_comes_before": (
        "sla_policytarget",
        "INSERT",
        "EXISTS (SELECT 1 FROM sla_policyversion v WHERE v.published_at IS NOT NULL AND v.id = NEW.version_id)",
        "a published policy version takes no further target",
    ),
}


def create(apps, schema_editor):
    for name, (table, before, when, message) in RULES.items():
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {before} ON {table} FOR EACH ROW "
                f"WHEN {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        elif schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE FUNCTION sla_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF {when} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; "
                "END IF; RETURN NEW; END $$"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {before} ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION sla_{name}()"
            )


def drop(apps, schema_editor):
    for name, (table, *_) in RULES.items():
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER {name}")
        elif schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {name} ON {table}")
            schema_editor.execute(f"DROP FUNCTION sla_{name}()")


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
