"""When and where a photo was taken, as its camera noted it."""

import contextlib
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from PIL import Image

#: What Pillow calls a JPEG; phones put several pictures into one («MPO»).
FORMATS = ("JPEG", "MPO")
CAMERA, PLACE = 0x8769, 0x8825
TAKEN, CHANGED, OFFSET = 0x9003, 0x0132, 0x9011
LATITUDE, LONGITUDE = (1, 2), (3, 4)
GPS_TIME, GPS_DAY = 7, 29
STAMP = "%Y:%m:%d %H:%M:%S"
DIGITS = 7
#: A camera whose clock was never set.
OLDEST = datetime(1990, 1, 1)


class NoJpegError(ValueError):
    """The file is no JPEG."""


@dataclass(frozen=True)
class Shot:
    """Time (UTC, naive) and place (WGS 84, degrees); None where the photo does not say."""

    taken_at: datetime | None
    latitude: float | None
    longitude: float | None


def read_shot(stream: BinaryIO, zone: ZoneInfo) -> Shot:
    """What the photo says. A time without an offset is in `zone`. Raises NoJpegError."""
    try:
        with Image.open(stream, formats=FORMATS) as image:
            exif = image.getexif()
            camera, place = dict(exif.get_ifd(CAMERA)), dict(exif.get_ifd(PLACE))
            changed = exif.get(CHANGED)
    # Pillow raises whatever a damaged file makes it stumble over.
    except Exception as error:
        raise NoJpegError(str(error)) from error
    local = _stamp(camera.get(TAKEN)) or _stamp(changed)
    taken = _utc(local, camera.get(OFFSET), zone) if local and camera.get(OFFSET) else _satellite(place)
    if taken is None and local is not None:
        taken = _utc(local, None, zone)
    latitude, longitude = _degrees(place, LATITUDE), _degrees(place, LONGITUDE)
    if latitude is None or longitude is None or (latitude, longitude) == (0, 0):
        latitude = longitude = None
    return Shot(taken if taken and taken > OLDEST else None, latitude, longitude)


def _stamp(value: Any) -> datetime | None:
    with contextlib.suppress(ValueError):
        return datetime.strptime(str(value).strip("\0 "), STAMP)
    return None


def _utc(local: datetime, offset: Any, zone: ZoneInfo) -> datetime | None:
    with contextlib.suppress(ValueError, OverflowError):
        if offset is None:
            return local.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
        text = f"{local.isoformat()}{str(offset).strip(chr(0) + ' ')}"
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    return None


def _satellite(place: dict[int, Any]) -> datetime | None:
    """The satellites' time, which is UTC."""
    with contextlib.suppress(ValueError, TypeError, KeyError, ZeroDivisionError, OverflowError):
        day = datetime.strptime(str(place[GPS_DAY]).strip("\0 "), "%Y:%m:%d")
        hours, minutes, seconds = (float(part) for part in place[GPS_TIME])
        return day + timedelta(hours=hours, minutes=minutes, seconds=round(seconds, 3))
    return None


def _degrees(place: dict[int, Any], tags: tuple[int, int]) -> float | None:
    with contextlib.suppress(ValueError, TypeError, KeyError, ZeroDivisionError):
        side, parts = tags
        degrees, minutes, seconds = (float(part) for part in place[parts])
        value = round(degrees + minutes / 60 + seconds / 3600, DIGITS)
        if math.isnan(value):
            return None
        return -value if str(place[side]).strip("\0 ").upper() in ("S", "W") else value
    return None
