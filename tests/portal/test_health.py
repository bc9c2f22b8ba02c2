"""What machines ask of the portal: alive, ready, figures; and the record of periodic jobs behind it."""

import json
import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from celery import shared_task
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from prometheus_client.parser import text_string_to_metric_families

from lynnsupport.outbox.operations import Mail, enqueue
from lynnsupport.portal import operations, queries, schedule
from lynnsupport.portal.models import PeriodicJob

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOKEN = "un-testigo-inventado-de-mas-de-32-letras"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def _two_jobs(settings):
    settings.CELERY_BEAT_SCHEDULE = {
        "quick": {"task": "tests.quick", "schedule": 10.0},
        "slow": {"task": "tests.slow", "schedule": 60.0},
    }


@pytest.fixture
def all_ran_well():
    for name in schedule.periods():
        operations.note_success(name, now=NOW)


def _enqueue(at):
    mail = Mail(
        key=f"health:{at}", kind="health", to="a@example.com", language="es", time_zone="UTC", context={}
    )
    enqueue([mail], now=at)


# --- live and ready ---


def test_live_asks_nothing_of_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/health/live")

    assert (response.status_code, response.json()) == (200, {"status": "live"})
    assert "no-store" in response["Cache-Control"]


@pytest.mark.usefixtures("all_ran_well")
def test_ready_when_nothing_is_wrong(client):
    response = client.get("/health/ready")

    assert (response.status_code, response.json()) == (200, {"status": "ready", "problems": []})


def test_ready_names_jobs_that_never_ran(client):
    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json() == {
        "status": "not ready",
        "problems": [
            {
                "area": "periodic jobs",
                "text": f"tests.{name} has never run well; {seconds} s are allowed."
                " Are worker and beat running?",
            }
            for name, seconds in [("quick", 120), ("slow", 600)]
        ],
    }


@pytest.mark.parametrize(
    ("silence", "late"),
    [(timedelta(minutes=2), False), (timedelta(minutes=2, microseconds=1), True)],
)
@pytest.mark.usefixtures("all_ran_well")
def test_a_job_is_late_after_its_allowed_silence(client, silence, late):
    PeriodicJob.objects.filter(name="tests.quick").update(last_succeeded_at=NOW - silence)

    response = client.get("/health/ready")

    assert response.status_code == (503 if late else 200)
    assert [problem["text"].split(" last ")[0] for problem in response.json()["problems"]] == (
        ["tests.quick"] if late else []
    )


@pytest.mark.usefixtures("all_ran_well")
def test_ready_does_not_show_errors_to_strangers(client):
    operations.note_failure("tests.quick", error=ValueError("password=secreto"), now=NOW)
    PeriodicJob.objects.update(last_succeeded_at=NOW - timedelta(days=1))

    assert "secreto" not in client.get("/health/ready").text


@pytest.mark.parametrize(("waited", "status"), [(600, 200), (601, 503)])
@pytest.mark.usefixtures("all_ran_well")
def test_ready_sees_mail_that_waits_too_long(client, waited, status):
    _enqueue(NOW - timedelta(seconds=waited))

    assert client.get("/health/ready").status_code == status


@pytest.mark.usefixtures("all_ran_well")
def test_ready_sees_a_migration_that_is_not_applied(client):
    last = MigrationRecorder(connection).migration_qs.filter(app="portal").order_by("-name").first()
    MigrationRecorder(connection).record_unapplied("portal", last.name)

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json()["problems"] == [
        {"area": "migrations", "text": f"1 not applied, first portal.{last.name}."}
    ]


def test_ready_sees_a_database_that_does_not_answer(client, monkeypatch):
    def refuse():
        raise OperationalError("connection to server at 10.0.0.5 failed")

    monkeypatch.setattr(queries.connection, "ensure_connection", refuse)

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json()["problems"] == [{"area": "database", "text": "No answer: OperationalError."}]


@pytest.mark.parametrize("address", ["/health/live", "/health/ready", "/metrics"])
def test_machines_may_only_ask(client, address):
    assert client.post(address).status_code == 405


# --- the record of periodic jobs ---


@shared_task(name="tests.quick")
def quick(fail=False, **_unknown):
    if fail:
        raise ValueError("could not")


@shared_task(name="tests.unscheduled")
def unscheduled(**_unknown):
    pass


def test_each_run_of_a_scheduled_task_is_recorded():
    quick.apply()

    job = PeriodicJob.objects.get()
    assert (job.name, job.last_started_at, job.last_succeeded_at) == ("tests.quick", NOW, NOW)
    assert (job.last_failed_at, job.last_error) == (None, "")
    assert job.allowed_silence == timedelta(minutes=2)


def test_a_failed_run_keeps_the_last_good_one():
    quick.apply()
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        quick.apply(kwargs={"fail": True})

    job = PeriodicJob.objects.get()
    assert job.last_succeeded_at == NOW
    assert job.last_failed_at == job.last_started_at == NOW + timedelta(minutes=5)
    assert job.last_error == "ValueError: could not"
    assert job.is_late(NOW + timedelta(minutes=5))


def test_a_task_that_is_not_scheduled_leaves_no_record():
    unscheduled.apply()

    assert PeriodicJob.objects.count() == 0


def test_every_scheduled_task_exists(settings):
    from lynnsupport.celery import app
    from lynnsupport.settings import base

    app.loader.import_default_modules()

    assert {entry["task"] for entry in base.CELERY_BEAT_SCHEDULE.values()} - set(app.tasks) == set()


# --- metrics ---


def _figures(response):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_metrics_show_jobs_and_mail(client):
    operations.note_success("tests.quick", now=NOW)
    _enqueue(NOW - timedelta(seconds=90))

    assert _figures(client.get("/metrics")) == {
        ("lynnsupport_periodic_job_last_success_timestamp_seconds", "tests.quick"): NOW.timestamp(),
        ("lynnsupport_periodic_job_late", "tests.quick"): 0,
        ("lynnsupport_periodic_job_late", "tests.slow"): 1,
        ("lynnsupport_outbox_messages", "pending"): 1,
        ("lynnsupport_outbox_messages", "sending"): 0,
        ("lynnsupport_outbox_messages", "given_up"): 0,
        ("lynnsupport_outbox_oldest_due_seconds",): 90,
    }


@pytest.mark.parametrize(
    ("token", "hops", "address", "header", "status"),
    [
        ("", 0, "127.0.0.1", "", 200),
        ("", 0, "::1", "", 200),
        ("", 0, "192.0.2.7", "", 404),
        ("", 1, "127.0.0.1", "", 404),  # the proxy's address says nothing about who asks
        (TOKEN, 0, "192.0.2.7", f"Bearer {TOKEN}", 200),
        (TOKEN, 1, "127.0.0.1", f"Bearer {TOKEN}", 200),
        (TOKEN, 0, "127.0.0.1", "", 404),
        (TOKEN, 0, "127.0.0.1", f"Bearer {TOKEN}x", 404),
        (TOKEN, 0, "127.0.0.1", f"Basic {TOKEN}", 404),
        (TOKEN, 0, "127.0.0.1", "Bearer ñandú", 404),
    ],
)
def test_metrics_are_for_the_collector_only(client, settings, token, hops, address, header, status):
    settings.METRICS_TOKEN, settings.TRUSTED_PROXY_HOPS = token, hops

    response = client.get("/metrics", REMOTE_ADDR=address, headers={"authorization": header})

    assert response.status_code == status


# --- request log ---


def test_requests_are_logged_with_their_id_and_without_what_was_searched(client, caplog):
    with caplog.at_level(logging.INFO, logger="django_structlog.middlewares.request"):
        client.get("/health/live?q=nombre-de-un-cliente")

    began, ended = (record.msg for record in caplog.records)
    assert (began["event"], ended["event"]) == ("request_started", "request_finished")
    assert began["request_id"] == ended["request_id"]
    assert began["request"] == ended["request"] == "GET /health/live"
    assert {"ip", "query"} & began.keys() == set()


def test_requests_are_logged_without_keys_that_open_something(client, caplog):
    with caplog.at_level(logging.INFO, logger="django_structlog.middlewares.request"):
        client.get("/contrasena/nueva/1-la-llave-secreta/")

    assert "la-llave-secreta" not in caplog.text


def test_every_line_of_the_log_is_one_json_object_in_production():
    code = (
        "import logging, structlog\n"
        "from logging.config import dictConfig\n"
        "from lynnsupport.settings.logs import logging_config\n"
        "dictConfig(logging_config(as_json=True))\n"
        "structlog.get_logger('ours').info('ticket_opened', ticket='LYN-2026-000123', forged='a\\nb')\n"
        "logging.getLogger('django.request').warning('Not Found: %s', '/x\\n')\n"
        "try:\n    1 / 0\n"
        "except ZeroDivisionError:\n    structlog.get_logger('ours').exception('failed')\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )

    lines = [json.loads(line) for line in printed.stderr.splitlines()]
    assert [(line["event"], line["level"], line["logger"]) for line in lines] == [
        ("ticket_opened", "info", "ours"),
        ("Not Found: /x\n", "warning", "django.request"),
        ("failed", "error", "ours"),
    ]
    assert "ZeroDivisionError" in lines[2]["exception"]
