"""OData v4 entity sets and plain REST pages, by dlt's REST client: pages followed, failures retried.

A page that answers 429 or 5xx, or dies half-way, is asked for again: after as long as Retry-After says, else
after 1, 2, 4 … seconds, a few times. Values become text, numbers with all their digits.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import pyarrow as pa
from requests import PreparedRequest, Request, Response, Session
from requests.auth import AuthBase, HTTPBasicAuth
from requests.exceptions import HTTPError, JSONDecodeError, RequestException

from ingest.company import Source
from ingest.cursor import moved_back, odata_literal, stamp_of
from ingest.landing import UNKNOWN, Batch
from ingest.live import Live, filled
from ingest.problems import SourceError

DENIED = (401, 403)


@dataclass
class Patience:
    """How often a page is asked for, and how long to wait in between at most, in seconds."""

    attempts: int = 5
    first_wait: float = 1.0
    longest_wait: float = 60.0
    timeout: float = 60.0


PATIENCE = Patience()


class _Bearer(AuthBase):
    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class WebFetcher:
    """Pages of one connector, `odata` or `rest`."""

    def batches(self, source: Source, since: str | None) -> Iterator[Batch]:
        """Rows that changed since the stamp `since` minus the overlap, or all. Raises SourceError."""
        live = source.live
        assert live is not None
        try:
            for rows in _pages(source, live, since):
                yield batch_of(rows)
        except JSONDecodeError as error:
            raise SourceError("source_answer", source=source.name, error=error) from error
        except HTTPError as error:
            status = error.response.status_code
            told = f"{status} {error.response.reason}"
            is_down = status == 429 or status >= 500
            key = "source_denied" if status in DENIED else "source_down" if is_down else "source_refused"
            raise SourceError(key, source=source.name, error=told) from error
        except RequestException as error:
            raise SourceError("source_down", source=source.name, error=_reason(error)) from error


def _pages(source: Source, live: Live, since: str | None) -> Iterator[list[dict[str, Any]]]:
    # A seconds-long import, for those alone who have such a source.
    from dlt.sources.helpers.requests import Client
    from dlt.sources.helpers.rest_client import RESTClient

    address, params = request_of(source.connector, live, filled(live.url, source.name), since)
    session = Client(
        raise_for_status=False,
        request_timeout=PATIENCE.timeout,
        request_max_attempts=PATIENCE.attempts,
        request_backoff_factor=PATIENCE.first_wait,
        request_max_retry_delay=PATIENCE.longest_wait,
    ).session
    client = RESTClient(
        base_url=address,
        headers=_headers(source.connector, live),
        auth=_auth(source, live, session),
        paginator=_paginator(source, live, origin(address)),
        data_selector=_selector(source.connector, live),
        session=session,
    )
    for page in client.paginate("", params=params, hooks={"response": [_exact]}):
        yield [row for row in page if isinstance(row, dict)]


def request_of(connector: str, live: Live, url: str, since: str | None) -> tuple[str, dict[str, str]]:
    """Address and query of the first page: the source's own query, and the stamp from which on to fetch."""
    parts = urlsplit(url)
    params = dict(parse_qsl(parts.query))
    address = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    stamp = stamp_of(since)
    start = odata_literal(moved_back(stamp, live.overlap)) if stamp is not None else None
    if live.cursor and connector == "odata":
        # In the order of change a row that changes meanwhile is seen again, none is passed over.
        params.setdefault("$orderby", live.cursor)
        if start is not None:
            own = params.get("$filter")
            news = f"{live.cursor} ge {start}"
            params["$filter"] = f"({own}) and {news}" if own else news
    elif live.since and start is not None:
        params[live.since] = start
    return address, params


def origin(address: str) -> str:
    """Scheme, host and port of an address: to whom the token may be shown."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _headers(connector: str, live: Live) -> dict[str, str]:
    accepted = {"Accept": "application/json"}
    return accepted | ({"Prefer": f"odata.maxpagesize={live.page_size}"} if connector == "odata" else {})


def _auth(source: Source, live: Live, session: Session) -> AuthBase | None:
    from dlt.sources.helpers.rest_client.auth import OAuth2ClientCredentials

    if live.token:
        return _Bearer(filled(live.token, source.name))
    if live.oauth:
        scope = {"scope": live.oauth.scope} if live.oauth.scope else {}
        return OAuth2ClientCredentials(
            access_token_url=filled(live.oauth.url, source.name),
            client_id=filled(live.oauth.client_id, source.name),
            client_secret=filled(live.oauth.client_secret, source.name),
            access_token_request_data=scope,
            session=session,
        )
    if live.user:
        password = filled(live.password, source.name) if live.password else ""
        return HTTPBasicAuth(filled(live.user, source.name), password)
    return None


def _paginator(source: Source, live: Live, home: str) -> Any:
    from dlt.sources.helpers.rest_client.paginators import HeaderLinkPaginator, JSONLinkPaginator

    is_odata = source.connector == "odata"
    kind = JSONLinkPaginator if is_odata or live.next else HeaderLinkPaginator

    class SameHost(kind):  # type: ignore[misc, valid-type]
        """Follows links of the host that the token is for, and no others."""

        def update_request(self, request: Request) -> None:
            super().update_request(request)
            # There is none after the last page.
            there = origin(request.url) if request.url else home
            if there != home:
                raise SourceError("source_elsewhere", source=source.name, host=there)

    if kind is JSONLinkPaginator:
        return SameHost(next_url_path="['@odata.nextLink']" if is_odata else live.next)
    return SameHost()


def _selector(connector: str, live: Live) -> str:
    return "value" if connector == "odata" else live.records or "$"


def _exact(response: Response, *_: Any, **__: Any) -> None:
    """Fail for an error's answer, and keep every digit of numbers."""
    response.raise_for_status()
    response.json = partial(response.json, parse_float=Decimal)  # type: ignore[method-assign]


def batch_of(rows: list[dict[str, Any]]) -> Batch:
    """JSON rows as text columns, with the kind of each; what the service says about a row is left out."""
    names = dict.fromkeys(name for row in rows for name in row if not name.startswith("@odata."))
    columns = {name: pa.array([_text(row.get(name)) for row in rows], type=pa.string()) for name in names}
    kinds = {name: _kind([row.get(name) for row in rows]) for name in names}
    return Batch(pa.table(columns), kinds)


def _kind(values: list[Any]) -> str:
    """The kind of a column's values; two kinds in one column are told as both."""
    kinds = sorted({_kind_of_value(value) for value in values if value is not None})
    return " / ".join(kinds) or UNKNOWN


def _kind_of_value(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float | Decimal):
        return "number"
    return "text" if isinstance(value, str) else "nested"


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _reason(error: Exception) -> str:
    """What happened, without the address: it may hold what only the environment knows."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return type(cause or error).__name__
