"""Engineers' phones: reports of work orders and photos of the site, sent to the intake over HTTP.

Sent again where the intake is away for a moment; every report has an id of its own, so that once is once.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from sandbox.systems.records import DELETED, STAMP, plain

#: Of three orders, the engineers report two and the office enters one.
BY_PHONE, OF = 2, 3
REPORTS_A_CALL = 50
TIMEOUT_SECONDS = 30
AGAIN = Retry(
    total=6, backoff_factor=0.3, status_forcelist=(429, 502, 503, 504, 507), allowed_methods=None,
    raise_on_status=False,
)  # fmt: skip
PHOTO_FIELDS = (
    *("project_id", "milestone_id", "work_order_id", "site_id", "taken_at", "taken_by", "caption"),
    *("latitude", "longitude"),
)
WIDTH, HEIGHT = 320, 240
CHINA_HOURS = 8
#: Where EXIF keeps the moment of a shot (local time) and its offset.
EXIF_IFD, TAKEN, TAKEN_OFFSET = 0x8769, 0x9003, 0x9011


class PhonesError(Exception):
    """The intake did not take a report or a photo; the message says what it answered."""


def is_by_phone(born_on: date) -> pl.Expr:
    """Which work orders are reported by phone: an order all its life, or never.

    Only those made since the company runs: what was there before is in the office's files.
    """
    is_new = pl.col("created_at") >= datetime.combine(born_on + timedelta(days=1), time())
    return is_new & (pl.col("work_order_id").hash(1) % OF < BY_PHONE)


def reports(orders: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Work orders as phones report them: what is filled in, and an id for each state of an order."""
    for row in orders.sort(STAMP, "work_order_id").iter_rows(named=True):
        filled = {name: plain(value) for name, value in row.items() if value is not None}
        stamp, _ = filled.pop(STAMP), filled.pop(DELETED)
        yield {**filled, "report_id": f"{row['work_order_id']}@{stamp}"}


def photo_fields(row: dict[str, Any]) -> dict[str, str]:
    """What a photo's form says beside the picture."""
    found = {name: str(plain(row[name])) for name in PHOTO_FIELDS if row[name] is not None}
    return {**found, "report_id": row["photo_id"]}


def jpeg(photo_id: str, taken_at: datetime) -> bytes:
    """A small picture of its own for each photo, with the moment of the shot in it."""
    from PIL import Image

    shades = hashlib.sha256(photo_id.encode()).digest()
    tile = Image.frombytes("RGB", (2, 2), shades[:12])
    picture = tile.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    local = taken_at + timedelta(hours=CHINA_HOURS)
    exif[EXIF_IFD] = {TAKEN: local.strftime("%Y:%m:%d %H:%M:%S"), TAKEN_OFFSET: f"+{CHINA_HOURS:02}:00"}
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=80, exif=exif)
    return written.getvalue()


@dataclass(frozen=True)
class Phones:
    """Phones that know the intake's address and have a token."""

    url: str
    token: str

    def report(self, orders: pl.DataFrame) -> int:
        """Report work orders; how many. Raises PhonesError."""
        waiting = list(reports(orders))
        with self._session() as session:
            for start in range(0, len(waiting), REPORTS_A_CALL):
                self._post(session, "work-orders", json=waiting[start : start + REPORTS_A_CALL])
        return len(waiting)

    def show(self, photos: pl.DataFrame) -> int:
        """Send photos; how many. Raises PhonesError."""
        with self._session() as session:
            for row in photos.iter_rows(named=True):
                picture = (f"{row['photo_id']}.jpg", jpeg(row["photo_id"], row["taken_at"]), "image/jpeg")
                self._post(session, "photos", data=photo_fields(row), files={"photo": picture})
        return photos.height

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {self.token}"
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(max_retries=AGAIN))
        return session

    def _post(self, session: requests.Session, page: str, **content: Any) -> None:
        address = f"{self.url.rstrip('/')}/{page}"
        try:
            answer = session.post(address, timeout=TIMEOUT_SECONDS, **content)
        except requests.RequestException as error:
            raise PhonesError(f"{address}: {error}") from error
        if not answer.ok:
            raise PhonesError(f"{address} answered {answer.status_code}: {answer.text[:500]}")
