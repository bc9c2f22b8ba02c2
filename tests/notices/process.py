"""What a process does for the tests of telling: `python -m tests.notices.process prepare|work`."""

import json
import os
import sys
import time

import django


def prepare(number: str) -> None:
    """Makes the tables, that many contacts of one partner, and a notice to them that is in force."""
    from django.core.management import call_command

    from lynnsupport.accounts.domain.roles import Role
    from lynnsupport.accounts.models import Contact, Partner, User
    from lynnsupport.common.clock import now
    from lynnsupport.notices.domain.audience import Audience
    from lynnsupport.notices.operations import draft_notice, publish_now

    call_command("migrate", verbosity=0)
    engineer = User.objects.create_user("ingeniera@example.com", name="Inés", role=Role.ENGINEER)
    executive = User.objects.create_user("ejecutiva@example.com", name="Elena", role=Role.EXECUTIVE)
    partner = Partner.objects.create(name="Ficticia", country="CL", executive=executive)
    Contact.objects.bulk_create(
        Contact(partner=partner, name=f"Persona {n}", email=f"persona{n:06d}@example.com")
        for n in range(int(number))
    )
    content = {
        "title_es": "Cambio de prueba",
        "body_es": "Cambia *algo* para todos.",
        "audience": Audience(partners=frozenset({partner.pk})),
    }
    version = draft_notice(by=engineer, kind="change", now=now(), content=content)
    publish_now(version, by=engineer, now=now())


def work(batch: str = "100") -> None:
    """Tells and delivers by turns, `batch` people at a time, until nothing is left; prints a line before each
    batch, and at the end what is on record, as JSON."""
    from lynnsupport.common.clock import now
    from lynnsupport.notices.operations import dispatch_due, dispatching
    from lynnsupport.outbox.operations import deliver_due
    from lynnsupport.outbox.queries import unfinished_by_state

    dispatching.BATCH = int(batch)
    while True:
        print("batch", flush=True)
        told = dispatch_due(now=now(), batches=1)
        if deliver_due(now=now(), limit=int(batch)).handled or told.is_more_due:
            continue
        unfinished = unfinished_by_state()
        if not unfinished["pending"] + unfinished["sending"]:
            break
        time.sleep(0.1)
    print(json.dumps(on_record()))


def on_record() -> dict[str, int]:
    from django.db.models import Count

    from lynnsupport.notices.models import Delivery
    from lynnsupport.outbox.models import OutboxMessage

    found = Delivery.objects.aggregate(rows=Count("pk"), people=Count("address", distinct=True))
    found["without_mail"] = Delivery.objects.filter(message__isnull=True).count()
    found["mails"] = OutboxMessage.objects.count()
    found["mails_without_record"] = OutboxMessage.objects.exclude(
        pk__in=Delivery.objects.values("message")
    ).count()
    found["sent"] = OutboxMessage.objects.filter(state="sent").count()
    return found


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.notices.process_settings"
    django.setup()
    {"prepare": prepare, "work": work}[sys.argv[1]](*sys.argv[2:])
