"""Reading what a stranger sends: no more of it than allowed, and nothing of it believed."""

import json

from django.http import HttpRequest

PIECE = 64 * 1024


class TooLarge(Exception):
    """More was sent than is read."""


class NotJson(ValueError):
    """What was sent is no JSON document."""


def json_body(request: HttpRequest, *, limit: int) -> object:
    """The body as JSON. It is read piece by piece, and no further than one piece past `limit` bytes.

    Raises TooLarge and NotJson. What the sender says of its length is only believed where it is too long.
    """
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
        raise TooLarge
    pieces, size = [], 0
    while piece := request.read(PIECE):
        size += len(piece)
        if size > limit:
            raise TooLarge
        pieces.append(piece)
    try:
        return json.loads(b"".join(pieces), parse_constant=_refuse)
    except (
        ValueError,
        RecursionError,
    ) as error:  # no JSON, no UTF-8, too deep, too long a number
        raise NotJson from error


def _refuse(name: str) -> object:
    raise NotJson(name)  # NaN and Infinity are Python's, not JSON's
