"""An empty embedded database is made at once, and comes out as the migrations would make it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db.migrations.loader import MigrationLoader

from lynnsupport.common.guards import Guard

ROOT = Path(__file__).resolve().parents[2]

MAKE = """
import json, re, sys
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from lynnsupport.portal import fresh

if sys.argv[1] == "fresh":
    fresh.prepare()
else:
    call_command("migrate", verbosity=0, interactive=False)
fresh.prepare()  # a second time: nothing more

def squeezed(sql):
    return re.sub(r"\\\\s+", " ", sql or "")

with connection.cursor() as cursor:
    cursor.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
    rows = cursor.fetchall()
    tables = {}
    for type_, name, table, sql in rows:
        if type_ == "table" and not name.startswith("sqlite_"):
            cursor.execute(f'PRAGMA table_xinfo("{name}")')
            columns = sorted(row[1:] for row in cursor.fetchall())
            cursor.execute(f'PRAGMA foreign_key_list("{name}")')
            keys = sorted(row[2:5] for row in cursor.fetchall())
            checks = sorted(re.findall(r'CONSTRAINT "(\\w+)" (?:CHECK|UNIQUE)', sql))
            tables[name] = [columns, keys, checks]
    indexes = sorted(squeezed(sql) for type_, _n, _t, sql in rows if type_ == "index" and sql)
    triggers = sorted(squeezed(sql) for type_, _n, _t, sql in rows if type_ == "trigger")
    cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
    applied = cursor.fetchall()
    cursor.execute("SELECT app_label, model FROM django_content_type ORDER BY app_label, model")
    kinds = cursor.fetchall()
print(json.dumps(
    {"tables": tables, "indexes": indexes, "triggers": triggers, "applied": applied, "kinds": kinds}
))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What SQLite says of a database made each way: at once, and by every migration."""

    def make(way):
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "lynnsupport.settings.embedded",
            "PORTAL_VAR_DIR": str(tmp_path_factory.mktemp(way)),
        }
        command = [sys.executable, "-c", MAKE, way]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return make("fresh"), make("migrated")


@pytest.mark.parametrize("part", ["tables", "indexes", "triggers", "applied", "kinds"])
def test_both_ways_give_the_same_database(made, part):
    fresh, migrated = made

    assert fresh[part] == migrated[part]


def test_no_guard_is_lost_when_a_table_is_made_anew(made):
    """SQLite drops a table's guards when a later migration changes it; they have to be told again."""
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    told = {
        operation.name
        for migration in loader.disk_migrations.values()
        for operation in migration.operations
        if isinstance(operation, Guard) and operation.only in (None, "sqlite")
    }
    assert {trigger.split()[2] for trigger in made[1]["triggers"]} == told


def test_the_comparison_sees_guards_and_constraints(made):
    fresh, _migrated = made

    assert any("tickets_ticketevent" in trigger for trigger in fresh["triggers"])
    assert "ticket_closed_at_and_reason" in fresh["tables"]["tickets_ticket"][2]
    assert ["tickets", "0001_initial"] in fresh["applied"]
