"""Instants as the time since EPOCH: exact, quick to compare, and free of zones.

Python takes the offsets of both sides anew to subtract a datetime of a zone from one in UTC; that
is a third of the work of `BusinessCalendar.between`. Between datetimes of the same zone it subtracts
what the clocks show, which costs a tenth: so the offset is looked up once for each local date.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_OF_A_DAY = timedelta(days=1) - timedelta.resolution
# Local dates whose offset one zone remembers (some 350 years); past that it forgets them and starts anew.
DATES_KEPT = 131_072


def since_epoch_for(zone: tzinfo) -> Callable[[datetime], timedelta]:
    """A function from aware datetimes, in any zone, to the time since EPOCH, quick for those in `zone`.

    It raises ValueError for a naive datetime and TypeError for what is not a datetime.
    """
    local_epoch = EPOCH.replace(tzinfo=zone)
    offsets = _Offsets(zone)

    def since_epoch(moment: datetime) -> timedelta:
        try:
            if moment.tzinfo is not zone:
                return moment - EPOCH
            shown = moment - local_epoch
            offset = offsets[shown.days]
            return moment - EPOCH if offset is None else shown - offset
        except (TypeError, AttributeError):
            raise _refused(moment) from None

    return since_epoch


class _Offsets(dict[int, timedelta | None]):
    """The offset of each local date, by its days since 1970; None on a date whose offset changes."""

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self._zone = zone

    def __missing__(self, day: int) -> timedelta | None:
        midnight = EPOCH.replace(tzinfo=self._zone) + timedelta(days=day)
        # No zone has ever changed twice in a day; fold tells the two passes of a repeated hour apart.
        found = {
            (midnight + time).replace(fold=fold).utcoffset()
            for time in (timedelta(0), LAST_OF_A_DAY)
            for fold in (0, 1)
        }
        if len(self) >= DATES_KEPT:
            self.clear()
        self[day] = offset = found.pop() if len(found) == 1 else None
        return offset


def _refused(moment: object) -> Exception:
    if not isinstance(moment, datetime):
        return TypeError(f"an aware datetime is wanted, not {moment!r}")
    return ValueError(f"{moment!r} has no time zone")
