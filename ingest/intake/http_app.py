"""`POST /photos` and `POST /work-orders`: what phones send, answered once it is on disk.

Every answer is JSON; what is not taken is told as `{"error": {"code", "zh", "en"}}`. A report that can be
read is taken (2xx) and judged at the door, like a row of any file; a body that is none is refused (422) and
kept in quarantine with its bytes.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ingest.intake.photos import FIELDS, photo_report, photo_row, store_photo
from ingest.intake.receipts import Receipts
from ingest.intake.refusals import BrokenBodyError, RefusedError
from ingest.intake.reports import PHOTOS, WORK_ORDERS, BrokenReport, Report, broken_report, message_of
from ingest.intake.stats import HttpStats
from ingest.intake.tokens import Callers
from ingest.intake.work_orders import texts_of, work_order_reports
from lake.text import both

log = logging.getLogger(__name__)
PHOTO_PART = "photo"
KEY_HEADER, KEY_LIMIT = "idempotency-key", 200
#: What a form may weigh beside its photo.
FORM_BYTES = 100_000
RETRY_AFTER = {"Retry-After": "5"}

Endpoint = Callable[[Request], Awaitable[Response]]
Handler = Callable[[Request, str], Awaitable[Response]]


@dataclass(frozen=True)
class HttpParts:
    """What the endpoints work with."""

    callers: Callers
    receipts: Receipts
    stats: HttpStats
    attachments: Path
    zone: ZoneInfo
    payload_limit: int
    photo_limit: int


def http_app(parts: HttpParts) -> Starlette:
    """The two endpoints."""

    async def photos(request: Request, caller: str) -> Response:
        return await _photo(parts, request, caller)

    async def work_orders(request: Request, caller: str) -> Response:
        return await _work_orders(parts, request, caller)

    return Starlette(
        routes=[
            Route("/photos", _guarded(parts, photos, parts.photo_limit + FORM_BYTES), methods=["POST"]),
            Route("/work-orders", _guarded(parts, work_orders, parts.payload_limit), methods=["POST"]),
        ],
        exception_handlers={404: _no_such_page, 405: _no_such_page},
    )


def _guarded(parts: HttpParts, handle: Handler, limit: int) -> Endpoint:
    """The endpoint for known callers and bodies within `limit`; what is refused is told and counted."""

    async def endpoint(request: Request) -> Response:
        try:
            caller = parts.callers.caller(request.headers.get("authorization", ""))
            if caller is None:
                raise RefusedError(401, "no_token")
            return await handle(_limited(request, limit), caller)
        except RefusedError as error:
            parts.stats.count_refused(error.status)
            headers = {401: {"WWW-Authenticate": "Bearer"}, 503: RETRY_AFTER}.get(error.status)
            return JSONResponse(error.body, error.status, headers)
        except ClientDisconnect:
            # Nobody is left to hear it.
            return Response(status_code=400)
        except OSError as error:
            parts.stats.count_refused(507)
            log.exception("an HTTP request could not be stored")
            told = both("intake.http_disk", error=error.strerror or error)
            return JSONResponse({"error": {"code": "disk", **told}}, 507, RETRY_AFTER)

    return endpoint


def _limited(request: Request, limit: int) -> Request:
    """The request, whose body raises RefusedError (413) as soon as more than `limit` bytes have come."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > limit:
        raise RefusedError(413, "too_large", limit=limit)
    seen = 0

    async def receive() -> Any:
        nonlocal seen
        message = await request.receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise RefusedError(413, "too_large", limit=limit)
        return message

    return Request(request.scope, receive)


# -- work orders ---------------------------------------------------------------------------------


async def _work_orders(parts: HttpParts, request: Request, caller: str) -> Response:
    body = await request.body()
    try:
        reports = work_order_reports(body, caller, _idempotency_key(request))
    except BrokenBodyError as error:
        await _keep_broken(parts, WORK_ORDERS, caller, error, body)
        raise
    await parts.receipts.store(*message_of(reports))
    parts.stats.work_orders += len(reports)
    return JSONResponse({"accepted": len(reports), "report_ids": _own_ids(reports)}, 202)


# -- photos --------------------------------------------------------------------------------------


async def _photo(parts: HttpParts, request: Request, caller: str) -> Response:
    received_at = datetime.now(UTC).replace(tzinfo=None)
    upload, fields = await _form(request)
    try:
        stream = upload.file
        try:
            # Decoding and writing take their time: elsewhere, so that other callers need not wait.
            row = await asyncio.to_thread(photo_row, stream, fields, parts.zone)
        except BrokenBodyError as error:
            stream.seek(0)
            await _keep_broken(parts, PHOTOS, caller, error, stream.read(parts.photo_limit))
            raise
        if (upload.size or 0) > parts.photo_limit:
            raise RefusedError(413, "too_large", limit=parts.photo_limit)
        stored = await asyncio.to_thread(store_photo, stream, parts.attachments)
    finally:
        await upload.close()
    report = photo_report(stored, row, caller, _idempotency_key(request), received_at)
    await parts.receipts.store(*message_of([report]))
    parts.stats.count_photo(stored.size_bytes, stored.is_known)
    shown = {name: value for name, value in report.row.items() if value is not None}
    return JSONResponse(shown | {"report_id": _own_ids([report])[0]}, 200 if stored.is_known else 201)


async def _form(request: Request) -> tuple[UploadFile, dict[str, str | None]]:
    """The photo's part and the other fields of the form. Raises RefusedError."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise RefusedError(415, "no_form", part=PHOTO_PART)
    try:
        form = await request.form(max_files=1, max_fields=len(FIELDS), max_part_size=FORM_BYTES)
    except (RefusedError, ClientDisconnect, OSError):
        raise
    except Exception as error:
        # Whatever the parser stumbles over: its own errors, Starlette's, text that is none.
        raise RefusedError(400, "bad_form", error=getattr(error, "detail", error)) from error
    upload = form.get(PHOTO_PART)
    if not isinstance(upload, UploadFile):
        raise RefusedError(400, "no_photo", part=PHOTO_PART)
    fields = {name: value for name, value in form.multi_items() if name != PHOTO_PART}
    return upload, texts_of(fields, FIELDS, 1)


# -- both ----------------------------------------------------------------------------------------


async def _keep_broken(
    parts: HttpParts, table: str, caller: str, error: BrokenBodyError, body: bytes
) -> None:
    kept: BrokenReport = broken_report(
        table, caller, f"http_{error.code}", error.message, body, parts.payload_limit
    )
    await parts.receipts.store(*message_of([kept]))


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get(KEY_HEADER, "").strip()
    if len(key) > KEY_LIMIT or not key.isprintable():
        raise RefusedError(400, "bad_key", limit=KEY_LIMIT)
    return key or None


def _own_ids(reports: list[Report]) -> list[str]:
    """Ids as the caller knows them: without the name put before them."""
    return [report.write_id.partition(":")[2] for report in reports]


async def _no_such_page(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    told = both("intake.http_no_page")
    return JSONResponse({"error": {"code": "no_page", **told}}, status)
