"""The embedded broker: a message is there whole or not at all, however closely the worker looks."""

import json
import threading
from pathlib import Path

import pytest
from kombu import Connection, Queue
from kombu.transport import filesystem

from lynnsupport import folder_broker

MESSAGES = 300


@pytest.fixture
def options(tmp_path):
    for name in ("queue", "control"):
        (tmp_path / name).mkdir()
    return {
        "data_folder_in": str(tmp_path / "queue"),
        "data_folder_out": str(tmp_path / "queue"),
        "control_folder": str(tmp_path / "control"),
    }


def connection(transport, options):
    return Connection(transport=transport, transport_options=options)


def test_every_message_is_complete_whenever_it_can_be_seen(options):
    """A reader that never rests sees each file only with a whole message in it."""
    folder, broken, seen = Path(options["data_folder_in"]), [], set()
    is_over = threading.Event()

    def look():
        while not is_over.is_set():
            for path in folder.glob("*.msg"):
                text = path.read_text()
                seen.add(path.name)
                if not text.endswith("}"):
                    broken.append((path.name, text))

    reader = threading.Thread(target=look)
    reader.start()
    with connection(folder_broker.Transport, options) as sender:
        channel = sender.channel()
        for number in range(MESSAGES):
            channel._put("celery", {"body": str(number) * 2000})
    is_over.set()
    reader.join()
    assert broken == []
    assert seen
    assert sorted(json.loads(path.read_text())["body"][0] for path in folder.iterdir()) == sorted(
        str(number)[0] for number in range(MESSAGES)
    )


def test_messages_arrive_once_and_in_order_through_kombu_itself(options):
    queue = Queue("celery", routing_key="celery")
    with connection(folder_broker.Transport, options) as joined:
        producer = joined.Producer()
        for number in range(3):
            producer.publish({"n": number}, routing_key="celery", declare=[queue])
        with joined.SimpleQueue("celery") as inbox:
            got = [inbox.get(block=True, timeout=5) for _ in range(3)]
            for message in got:
                message.ack()
    assert sorted(message.payload["n"] for message in got) == [0, 1, 2]
    assert list(Path(options["data_folder_in"]).iterdir()) == []


def test_a_folder_that_is_not_there_is_said(options):
    options = {**options, "data_folder_out": "/nowhere/at/all"}
    with connection(folder_broker.Transport, options) as sender, pytest.raises(Exception, match="Cannot add"):
        sender.channel()._put("celery", {})


def test_kombu_still_names_files_before_they_are_written():
    """Once this fails, kombu may have mended it and our own channel can go."""
    import inspect

    source = inspect.getsource(filesystem.Channel._put)
    assert source.index("open(filename, 'wb'") < source.index("f.write(")
    assert "replace(" not in source
