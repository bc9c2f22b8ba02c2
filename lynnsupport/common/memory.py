"""What a long-lived process does about its memory."""

import gc


def keep_what_is_loaded() -> None:
    """What is loaded by now stays for good, so the collector need not look through it again and again: one
    look holds up whatever runs for a good part of a second. For a process that is ready to work."""
    gc.collect()
    gc.freeze()
