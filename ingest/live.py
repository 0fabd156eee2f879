"""A live source as company.yml describes it: where it is, how far back to fetch, which secrets it names."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingest.problems import SourceError

LIVE_CONNECTORS = ("odata", "rest", "sql")
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
#: Where a literal password would stand in an address: `scheme://user:password@host`.
LITERAL_PASSWORD = re.compile(r"://[^/@\s:]*:(?!\$\{)[^/@\s]+@")
USUAL_OVERLAP = "1h"


@dataclass(frozen=True)
class OAuth:
    """OAuth 2 client credentials; values may name environment variables."""

    url: str
    client_id: str
    client_secret: str
    scope: str | None = None


@dataclass(frozen=True)
class Live:
    """What it takes to fetch from a running system. Texts may name environment variables as `${NAME}`."""

    url: str
    table: str | None = None
    schema: str | None = None
    token: str | None = None
    user: str | None = None
    password: str | None = None
    oauth: OAuth | None = None
    cursor: str | None = None
    overlap: str | int = USUAL_OVERLAP
    deleted: str | None = None
    page_size: int = 1000
    records: str | None = None
    next: str | None = None
    since: str | None = None
    version: int = 1

    @property
    def reading_options(self) -> list[Any]:
        """What makes the same source give other rows; where it is and who may read it do not."""
        return [self.table, self.schema, self.cursor, self.deleted, self.records, self.version]


def live_source(spec: Mapping[str, Any]) -> Live | None:
    """The live part of a source's entry in company.yml; None for a source of files."""
    if spec["connector"] not in LIVE_CONNECTORS:
        return None
    fields = {name: spec[name] for name in Live.__dataclass_fields__ if name in spec and name != "oauth"}
    return Live(**fields, oauth=OAuth(**spec["oauth"]) if "oauth" in spec else None)


def filled(text: str, source: str, environment: Mapping[str, str] | None = None) -> str:
    """`text` with its `${NAME}` taken from the environment. Raises SourceError for one that is not set."""
    known = os.environ if environment is None else environment

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if not known.get(name):
            raise SourceError("source_secret_unset", source=source, name=name)
        return known[name]

    return VARIABLE.sub(value, text)
