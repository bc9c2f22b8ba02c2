from django.db import migrations

from lynnsupport.common.guards import guard

PUBLISHED = "EXISTS (SELECT 1 FROM sla_policyversion v WHERE v.published_at IS NOT NULL AND v.id IN ({}))"


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_initial")]
    operations = [
        guard(
            "calendar_version_stays",
            table="sla_calendarversion",
            before="UPDATE",
            message="a published calendar version cannot be changed",
        ),
        guard(
            "policy_version_stays",
            table="sla_policyversion",
            before="UPDATE",
            when="OLD.published_at IS NOT NULL",
            message="a published policy version cannot be changed",
        ),
        guard(
            "policy_target_stays",
            table="sla_policytarget",
            before="UPDATE",
            when=PUBLISHED.format("OLD.version_id, NEW.version_id"),
            message="a target of a published policy version cannot be changed",
        ),
        guard(
            "policy_target_comes_before",
            table="sla_policytarget",
            before="INSERT",
            when=PUBLISHED.format("NEW.version_id"),
            message="a published policy version takes no further target",
        ),
    ]
