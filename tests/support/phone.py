"""A phone app: photos with time and place, and calls to the intake's HTTP side."""

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

TOKEN, OTHER_TOKEN = "token-of-the-phone-1", "token-of-the-office-2"
TOKENS = f"phone:{TOKEN},office:{OTHER_TOKEN}"
TIMEOUT_S = 60


def jpeg(
    colour: int = 0,
    *,
    taken: datetime | None = datetime(2026, 3, 1, 9, 30),
    offset: str | None = "+08:00",
    place: tuple[float, float] | None = (31.25, 121.5),
) -> bytes:
    """A small photo; each `colour` is another one."""
    exif = Image.Exif()
    if taken is not None:
        exif[0x8769] = {0x9003: taken.strftime("%Y:%m:%d %H:%M:%S")} | ({0x9011: offset} if offset else {})
    if place is not None:
        exif[0x8825] = {
            1: "N" if place[0] >= 0 else "S",
            2: _degrees(abs(place[0])),
            3: "E" if place[1] >= 0 else "W",
            4: _degrees(abs(place[1])),
        }
    stream = io.BytesIO()
    Image.new("RGB", (32, 24), (colour % 256, colour // 256 % 256, 80)).save(stream, "JPEG", exif=exif)
    return stream.getvalue()


def _degrees(value: float) -> tuple[IFDRational, ...]:
    minutes = value % 1 * 60
    return (
        IFDRational(int(value), 1),
        IFDRational(int(minutes), 1),
        IFDRational(round(minutes % 1 * 60 * 10_000), 10_000),
    )


@dataclass(frozen=True)
class Phone:
    """One caller of one service."""

    port: int
    token: str = TOKEN

    def photo(self, content: bytes, *, key: str | None = None, **fields: str) -> requests.Response:
        """`POST /photos`."""
        return requests.post(
            f"http://127.0.0.1:{self.port}/photos",
            files={"photo": ("site.jpg", content, "image/jpeg")},
            data=fields,
            headers=self._headers(key),
            timeout=TIMEOUT_S,
        )

    def work_orders(self, content: Any, *, key: str | None = None) -> requests.Response:
        """`POST /work-orders`, of an object or a list, or of bytes as they are."""
        body = {"data": content} if isinstance(content, bytes) else {"json": content}
        return requests.post(
            f"http://127.0.0.1:{self.port}/work-orders",
            headers=self._headers(key),
            timeout=TIMEOUT_S,
            **body,
        )

    def _headers(self, key: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
