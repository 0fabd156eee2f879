"""Photos: stored once by the hash of their content, each with a row that says what it belongs to.

The photo's id is its hash, so the same photo sent twice is one, whoever sends it and whatever it is called.
"""

import hashlib
import os
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from ingest.intake.exif import NoJpegError, read_shot
from ingest.intake.refusals import BrokenBodyError, RefusedError
from ingest.intake.reports import PHOTOS, Report, write_id
from ingest.intake.spool import sync_folder

INCOMING = ".incoming"
CHUNK = 1 << 20
BELONGS = ("project_id", "milestone_id", "work_order_id", "site_id")
FIELDS = {*BELONGS, "taken_at", "taken_by", "caption", "latitude", "longitude", "report_id"}


@dataclass(frozen=True)
class Stored:
    """A photo in the attachments: its hash, path among them, size, and whether it was there already."""

    content_hash: str
    file_path: str
    size_bytes: int
    is_known: bool


def photo_row(stream: BinaryIO, fields: dict[str, str | None], zone: ZoneInfo) -> dict[str, str | None]:
    """The row as far as fields and EXIF give it; a field wins. Raises RefusedError, BrokenBodyError."""
    if not any(fields.get(name) for name in BELONGS):
        raise RefusedError(422, "belongs_nowhere", fields=", ".join(BELONGS))
    stream.seek(0)
    try:
        shot = read_shot(stream, zone)
    except NoJpegError as error:
        raise BrokenBodyError("no_jpeg", error=str(error)[:200]) from error
    row = dict(fields)
    row["taken_at"] = fields.get("taken_at") or _stamp(shot.taken_at)
    if row["taken_at"] is None:
        raise RefusedError(422, "no_time")
    if not fields.get("latitude") and not fields.get("longitude") and shot.latitude is not None:
        row |= {"latitude": str(shot.latitude), "longitude": str(shot.longitude)}
    return row


def store_photo(stream: BinaryIO, attachments: Path) -> Stored:
    """Copy the photo into the attachments and sync it; the same content is there once. Raises OSError."""
    incoming = attachments / INCOMING
    incoming.mkdir(parents=True, exist_ok=True)
    unfinished = incoming / uuid.uuid4().hex
    stream.seek(0)
    try:
        digest, size = hashlib.sha256(), 0
        with unfinished.open("wb") as target:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                size += target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        content_hash = digest.hexdigest()
        file_path = f"{content_hash[:2]}/{content_hash}.jpg"
        path = attachments / file_path
        # Of two that come at once either may win: they are the same.
        is_known = path.exists()
        if not is_known:
            path.parent.mkdir(exist_ok=True)
            unfinished.rename(path)
        for folder in (path.parent, attachments):
            sync_folder(folder)
    finally:
        unfinished.unlink(missing_ok=True)
    return Stored(content_hash, file_path, size, is_known)


def photo_report(
    stored: Stored,
    row: dict[str, str | None],
    caller: str,
    idempotency_key: str | None,
    received_at: datetime,
) -> Report:
    """The photo's row as a report."""
    row = dict(row)
    given = row.pop("report_id", None) or idempotency_key
    known = {"photo_id": stored.content_hash, "content_hash": stored.content_hash}
    # Taken in before the time of receipt: the same photo with the same fields is the same report.
    own = write_id(caller, given, row | known)
    known |= {"file_path": stored.file_path, "size_bytes": str(stored.size_bytes)}
    return Report(PHOTOS, own, caller, row | known | {"uploaded_at": _stamp(received_at)}, "")


def _stamp(time: datetime | None) -> str | None:
    return None if time is None else f"{time.isoformat()}Z"
