"""Photos: their time and place, and that the same one is stored once."""

import io
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ingest.intake.exif import NoJpegError, Shot, read_shot
from ingest.intake.photos import photo_report, photo_row, store_photo
from ingest.intake.refusals import BrokenBodyError, RefusedError
from tests.support.phone import jpeg

ZONE = ZoneInfo("Asia/Shanghai")
LOCAL = datetime(2026, 3, 1, 9, 30)


def _shot(content: bytes) -> Shot:
    return read_shot(io.BytesIO(content), ZONE)


@pytest.mark.parametrize(
    ("offset", "taken_at"),
    [
        ("+08:00", datetime(2026, 3, 1, 1, 30)),
        ("-05:00", datetime(2026, 3, 1, 14, 30)),
        (None, datetime(2026, 3, 1, 1, 30)),
    ],
)
def test_a_camera_tells_local_time(offset: str | None, taken_at: datetime) -> None:
    assert _shot(jpeg(taken=LOCAL, offset=offset)).taken_at == taken_at


@pytest.mark.parametrize("place", [(31.25, 121.5), (-33.8688, 151.2093), (40.7128, -74.006)])
def test_a_place_has_its_side(place: tuple[float, float]) -> None:
    shot = _shot(jpeg(place=place))
    assert (shot.latitude, shot.longitude) == pytest.approx(place, abs=1e-6)


def test_a_photo_may_say_nothing() -> None:
    assert _shot(jpeg(taken=None, place=None)) == Shot(None, None, None)


def test_a_clock_that_was_never_set_and_nowhere_are_nothing() -> None:
    assert _shot(jpeg(taken=datetime(1970, 1, 1), place=(0, 0))) == Shot(None, None, None)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, b"\xff\xd8\xff", jpeg()[:40]])
def test_what_is_no_jpeg_is_told(content: bytes) -> None:
    with pytest.raises(NoJpegError):
        _shot(content)


def test_a_field_wins_over_the_camera() -> None:
    fields = {"project_id": "P1", "taken_at": "2026-02-02T00:00:00Z", "latitude": "1", "longitude": "2"}
    assert photo_row(io.BytesIO(jpeg()), fields, ZONE) == fields


def test_a_photo_needs_a_time_and_something_it_belongs_to() -> None:
    with pytest.raises(RefusedError, match="belongs_nowhere"):
        photo_row(io.BytesIO(jpeg()), {"caption": "x"}, ZONE)
    with pytest.raises(RefusedError, match="no_time"):
        photo_row(io.BytesIO(jpeg(taken=None)), {"project_id": "P1"}, ZONE)
    with pytest.raises(BrokenBodyError, match="no_jpeg"):
        photo_row(io.BytesIO(b"text"), {"project_id": "P1"}, ZONE)


def test_the_same_photo_is_stored_once(tmp_path: Path) -> None:
    first, again = (store_photo(io.BytesIO(jpeg()), tmp_path) for _ in range(2))
    other = store_photo(io.BytesIO(jpeg(1)), tmp_path)
    assert [first.is_known, again.is_known, other.is_known] == [False, True, False]
    assert first.file_path == again.file_path != other.file_path
    assert (tmp_path / first.file_path).read_bytes() == jpeg()
    stored = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.jpg")}
    assert stored == {first.file_path, other.file_path}
    assert list((tmp_path / ".incoming").iterdir()) == []


def test_the_same_report_of_a_photo_has_the_same_id(tmp_path: Path) -> None:
    stored = store_photo(io.BytesIO(jpeg()), tmp_path)
    reports = [
        photo_report(stored, row, "phone", None, LOCAL.replace(minute=minute))
        for minute, row in enumerate([{"project_id": "P1"}, {"project_id": "P1"}, {"project_id": "P2"}])
    ]
    assert reports[0].write_id == reports[1].write_id != reports[2].write_id
    assert photo_report(stored, {"report_id": "7"}, "phone", "8", LOCAL).write_id == "phone:7"
    assert photo_report(stored, {}, "phone", "8", LOCAL).write_id == "phone:8"
