"""The embedded default's broker: kombu's folder of messages, with each message put there whole.

Kombu opens a message's file under its final name and fills it afterwards; a worker that looks in between
reads nothing, and ends. Here the file gets its name once it is complete.
"""

import os
import uuid
from pathlib import Path
from time import monotonic

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue, payload, **kwargs):
        """Put `payload` onto `queue`: written beside it, then moved there in one step."""
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        unfinished = folder / f"{name}.part"
        try:
            unfinished.write_bytes(str_to_bytes(dumps(payload)))
            os.replace(unfinished, folder / name)
        except OSError as error:
            raise ChannelError(f"Cannot add the file {name!r} to the folder {str(folder)!r}") from error


class Transport(filesystem.Transport):
    Channel = Channel
