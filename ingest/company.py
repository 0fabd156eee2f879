"""A company's mapping file as Python objects: sources, and for each contract table its feeds.

`load_company` finds every mistake that needs no source file: structure (JSON Schema), then meaning
(contract tables and columns, keys, SQL). Whether columns stand in the files is found when a table is
read (ingest/headers.py), so that one bad file never stops the other tables.
"""

import glob
import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from ingest.live import Live, live_source
from ingest.mapping_check import DATA_VARIABLE, checked_document
from lake.yaml_lines import YamlDocument, as_list

COMPANY_FILE = "company.yml"


@dataclass(frozen=True)
class SourceFile:
    """One file of a source: where it lies, and its name as reports show it."""

    path: Path
    label: str


@dataclass(frozen=True)
class Source:
    """Named files and how they are read, or a `live` system. `patterns` are absolute paths or globs."""

    name: str
    connector: str
    patterns: tuple[str, ...]
    roots: tuple[Path, ...]
    encoding: str = "utf-8"
    delimiter: str | None = None
    quote: str = '"'
    sheet: str | None = None
    header_row: int = 1
    nulls: tuple[str, ...] = ()
    time_zone: str | None = None
    live: Live | None = None
    fresh_within_hours: float | None = None
    line: int | None = None

    def files(self) -> list[SourceFile]:
        """Files that exist now, in order of their names; empty when none does, and for a live source."""
        paths: list[Path] = []
        for pattern in self.patterns:
            found = [pattern] if Path(pattern).is_file() else sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - patterns are absolute
            paths += [Path(name) for name in found if Path(name).is_file()]
        return [SourceFile(path, self._label(path)) for path in dict.fromkeys(paths)]

    def _label(self, path: Path) -> str:
        for root in self.roots:
            if path.is_relative_to(root):
                return path.relative_to(root).as_posix()
        return path.as_posix()


@dataclass(frozen=True)
class ColumnMap:
    """How one contract column is made; exactly one of column, sql, value, key_from is set."""

    name: str
    column: str | None = None
    sql: str | None = None
    value: str | int | float | bool | None = None
    key_from: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    code_to: str | None = None
    nulls: tuple[str, ...] = ()
    translations: tuple[tuple[str, str | None], ...] = ()
    time_zone: str | None = None
    line: int | None = None

    @property
    def has_steps(self) -> bool:
        """Whether the source's text is changed before it is read as the contract's type."""
        return bool(self.formats or self.codes or self.nulls or self.translations or self.time_zone)


@dataclass(frozen=True)
class Unpivot:
    """Wide to long: `columns` become rows (`name`, `value`)."""

    columns: tuple[str, ...]
    name: str
    value: str


@dataclass(frozen=True)
class Feed:
    """Rows of one source that become rows of one contract table."""

    source: Source
    columns: tuple[ColumnMap, ...]
    key: tuple[str, ...] = ()
    occurrence: str | None = None
    filter: str | None = None
    unpivot: Unpivot | None = None
    latest_by: str | None = None
    line: int | None = None
    lines: dict[str, int | None] = field(default_factory=dict, compare=False, hash=False)


@dataclass(frozen=True)
class TableMap:
    """All feeds of one contract table, and how its extract behaves."""

    name: str
    feeds: tuple[Feed, ...]
    extract: str = "full"
    collapse_share: float = 0.5
    collapse_rows: int = 20
    definition: str = ""
    line: int | None = None

    @cached_property
    def mapping_hash(self) -> str:
        """Changes whenever the table's part of the company file does."""
        return hashlib.sha256(self.definition.encode()).hexdigest()

    @property
    def source_name(self) -> str:
        """Names of the sources, comma-separated."""
        return ", ".join(dict.fromkeys(feed.source.name for feed in self.feeds))


@dataclass(frozen=True)
class OutboundTarget:
    """Where approved actions go: a folder, or an address with the variable that holds its token."""

    folder: Path | None = None
    url: str | None = None
    token: str | None = None


@dataclass(frozen=True)
class Company:
    """What a company says about itself and its data."""

    file: Path
    name: dict[str, str] = field(hash=False)
    time_zone: str
    reporting_currency: str
    as_of_on: date | None
    sources: dict[str, Source] = field(hash=False)
    tables: dict[str, TableMap] = field(hash=False)
    #: The company's own choices where definitions of figures leave one open, by name in seed figure_default.
    defaults: dict[str, float] = field(default_factory=dict, hash=False)
    outbound: OutboundTarget | None = None

    @property
    def folder(self) -> Path:
        """The folder of the company file."""
        return self.file.parent


def load_company(company_dir: Path, data_dir: Path | None = None, *, language: str | None = None) -> Company:
    """Read and check `company_dir/company.yml`; `data_dir` is what `${DATA}` stands for.

    Raises MappingError with every problem found, each with file, line and what to write instead.
    """
    path = Path(company_dir).expanduser().resolve() / COMPANY_FILE
    document = checked_document(path, data_dir, language)
    return _company(document, path, Path(data_dir).expanduser().resolve() if data_dir else None)


def _company(document: YamlDocument, path: Path, data_dir: Path | None) -> Company:
    value = document.value
    sources = {
        name: _source(name, spec, path.parent, data_dir, document.line_of(["sources", name]))
        for name, spec in value.get("sources", {}).items()
    }
    tables = {name: _table(name, spec, sources, document) for name, spec in value["tables"].items()}
    return Company(
        file=path,
        name=value["name"],
        time_zone=value["time_zone"],
        reporting_currency=value["reporting_currency"],
        as_of_on=date.fromisoformat(value["as_of"]) if "as_of" in value else None,
        sources=sources,
        tables=tables,
        defaults=dict(value.get("defaults", {})),
        outbound=_outbound(value.get("outbound"), path.parent),
    )


def _outbound(spec: dict | None, folder: Path) -> OutboundTarget | None:
    if spec is None:
        return None
    place = folder / spec["folder"] if "folder" in spec else None
    return OutboundTarget(place, spec.get("url"), spec.get("token"))


SOURCE_OPTIONS = (
    "encoding",
    "delimiter",
    "quote",
    "sheet",
    "header_row",
    "time_zone",
    "fresh_within_hours",
)


def _source(name: str, spec: dict, folder: Path, data_dir: Path | None, line: int | None) -> Source:
    patterns = tuple(
        str(folder / text.replace(DATA_VARIABLE, str(data_dir or "")))
        for text in as_list(spec.get("path", []))
    )
    options = {key: spec[key] for key in SOURCE_OPTIONS if key in spec}
    return Source(
        name=name,
        connector=spec["connector"],
        patterns=patterns,
        roots=tuple(root for root in (data_dir, folder) if root),
        nulls=_texts(spec.get("nulls", ())),
        live=live_source(spec),
        line=line,
        **options,
    )


def _table(name: str, spec: dict | list, sources: dict[str, Source], document: YamlDocument) -> TableMap:
    steps: list[list[str | int]] = (
        [["tables", name, number] for number in range(len(spec))]
        if isinstance(spec, list)
        else [["tables", name]]
    )
    feeds = as_list(spec)
    collapse = next((feed["collapse"] for feed in feeds if "collapse" in feed), {})
    definition = json.dumps(
        [feeds, [_reading_options(sources[feed["from"]]) for feed in feeds]],
        sort_keys=True,
        ensure_ascii=False,
    )
    # With a change stamp only news is fetched: rows that do not come have not gone.
    has_news_only = any(live.cursor for feed in feeds if (live := sources[feed["from"]].live))
    usual = "delta" if has_news_only else "full"
    return TableMap(
        name=name,
        feeds=tuple(_feed(feed, sources, document, at) for feed, at in zip(feeds, steps, strict=True)),
        extract=usual if has_news_only else next((f["extract"] for f in feeds if "extract" in f), usual),
        collapse_share=collapse.get("share", TableMap.collapse_share),
        collapse_rows=collapse.get("rows", TableMap.collapse_rows),
        definition=definition,
        line=document.line_of(["tables", name]),
    )


def _reading_options(source: Source) -> list:
    return [
        source.connector,
        source.encoding,
        source.delimiter,
        source.quote,
        source.sheet,
        source.header_row,
        source.nulls,
        source.time_zone,
        *(source.live.reading_options if source.live else ()),
    ]


def _feed(spec: dict, sources: dict[str, Source], document: YamlDocument, at: list[str | int]) -> Feed:
    unpivot = spec.get("unpivot")
    columns = tuple(
        column_map(name, form, document.line_of([*at, "columns", name]))
        for name, form in spec["columns"].items()
    )
    named = ("from", "key", "occurrence", "filter", "unpivot", "latest_by", "columns")
    source = sources[spec["from"]]
    return Feed(
        source=source,
        columns=columns,
        key=tuple(as_list(spec.get("key", []))),
        occurrence=spec.get("occurrence"),
        filter=spec.get("filter"),
        unpivot=Unpivot(tuple(unpivot["columns"]), unpivot["name"], unpivot["value"]) if unpivot else None,
        # A row that changes while pages are fetched comes twice: the later state is the right one.
        latest_by=spec.get("latest_by") or (source.live.cursor if source.live else None),
        line=document.line_of(at),
        lines={step: document.line_of([*at, step]) for step in named},
    )


def column_map(name: str, form: str | dict, line: int | None = None) -> ColumnMap:
    """One entry of `columns` as an object."""
    if isinstance(form, str):
        return ColumnMap(name, column=form, line=line)
    translations = form.get("map", {})
    return ColumnMap(
        name=name,
        column=form.get("column"),
        sql=form.get("sql"),
        value=form.get("value"),
        key_from=tuple(form.get("key_from", ())),
        formats=tuple(as_list(form.get("format", []))),
        codes=_texts(form.get("codes", ())),
        code_to=form.get("code_to"),
        nulls=_texts(form.get("nulls", ())),
        translations=tuple(
            (key, None if value is None else _text(value)) for key, value in translations.items()
        ),
        time_zone=form.get("time_zone"),
        line=line,
    )


def _texts(values: object) -> tuple[str, ...]:
    return tuple(_text(value) for value in values)  # type: ignore[attr-defined] - the schema says list


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
