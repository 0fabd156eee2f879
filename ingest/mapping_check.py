"""Checks of a company file that need no source file: structure first, then meaning."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import jsonschema

from ingest.live import LITERAL_PASSWORD
from ingest.problems import MappingError, Problem, closest
from ingest.sql import SqlExpressionError, expression_columns
from lake.contracts import Contract, load_contracts
from lake.figures.defaults import figure_defaults
from lake.text import text
from lake.yaml_lines import Steps, YamlDocument, YamlSyntaxError, as_list

DATA_VARIABLE = "${DATA}"
#: Keys that may name an environment variable only; what stands there is never repeated.
SECRETS = ("token", "password", "client_secret")
SCHEMA = Path(__file__).parent / "company.schema.json"


@cache
def company_schema() -> dict[str, Any]:
    """The JSON Schema of company.yml."""
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


def checked_document(path: Path, data_dir: Path | None, language: str | None) -> YamlDocument:
    """The document at `path`, free of mistakes; raises MappingError otherwise."""
    if not path.is_file():
        raise MappingError([Problem(path, None, text("ingest.no_company_file", language), "")])
    try:
        document = YamlDocument(path)
    except YamlSyntaxError as error:
        what = text("ingest.yaml_syntax", language, error=error)
        raise MappingError(
            [Problem(path, error.line, what, text("ingest.yaml_syntax_do", language))]
        ) from error
    check = MappingCheck(path, document, data_dir, language)
    for step in (check.structure, check.meaning):
        problems = list(step())
        if problems:
            raise MappingError(sorted(problems, key=lambda problem: problem.line or 0))
    return document


class MappingCheck:
    """One pass over one document; each method yields the problems of one subject."""

    def __init__(
        self, path: Path, document: YamlDocument, data_dir: Path | None, language: str | None
    ) -> None:
        self.path, self.document, self.data_dir, self.language = path, document, data_dir, language
        self.value = document.value

    def _problem(self, steps: Steps, key: str, **values: object) -> Problem:
        """The problem `ingest.<key>` at `steps`, with the advice `ingest.<key>_do`."""
        what, instead = (text(f"ingest.{name}", self.language, **values) for name in (key, f"{key}_do"))
        return Problem(self.path, self.document.line_of(steps), what, instead)

    def structure(self) -> Iterator[Problem]:
        """What the JSON Schema forbids."""
        validator = jsonschema.Draft202012Validator(company_schema())
        for error in validator.iter_errors(self.value):
            for relevant in _relevant(error):
                yield from self._schema_problems(relevant)

    def _schema_problems(self, error: jsonschema.ValidationError) -> Iterator[Problem]:
        steps, where = (
            list(error.absolute_path),
            ".".join(str(step) for step in error.absolute_path) or "company.yml",
        )
        if error.validator == "additionalProperties":
            known = list(error.schema.get("properties", {}))
            for name in set(error.instance) - set(known):
                options = closest(name, known, 1) or ", ".join(known)
                yield self._problem([*steps, name], "unknown_key", name=name, where=where, known=options)
        elif error.validator == "required":
            for name in error.validator_value:
                if name not in error.instance:
                    yield self._problem(steps, "missing_key", name=name, where=where)
        elif error.validator == "pattern" and steps[-1] in SECRETS:
            yield self._problem(steps, "literal_secret", name=steps[-1], where=where)
        elif error.validator == "oneOf":
            yield self._problem(steps, "column_form", where=where)
        elif error.validator == "enum":
            known = ", ".join(str(item) for item in error.validator_value)
            yield self._problem(steps, "not_allowed", value=error.instance, where=where, known=known)
        else:
            yield self._problem(steps, "wrong_shape", where=where, error=error.message, wanted=_wanted(error))

    def meaning(self) -> Iterator[Problem]:
        """What the schema cannot see: names of contracts, sources, columns; keys; SQL; `${DATA}`."""
        yield from self._zones()
        yield from self._defaults()
        for name, source in self.value.get("sources", {}).items():
            if self.data_dir is None and any(
                DATA_VARIABLE in path for path in as_list(source.get("path", []))
            ):
                yield self._problem(["sources", name, "path"], "data_unset", source=name)
            if LITERAL_PASSWORD.search(source.get("url", "")):
                yield self._problem(["sources", name, "url"], "literal_secret", name="url", where=name)
            yield from self._encoding(name, source)
        contracts = load_contracts()
        for name, spec in self.value["tables"].items():
            if name not in contracts:
                near = closest(name, contracts) or ", ".join(contracts)
                yield self._problem(["tables", name], "unknown_table", name=name, known=near)
                continue
            for steps, feed in _feeds(name, spec):
                yield from self._feed(contracts[name], steps, feed)

    def _defaults(self) -> Iterator[Problem]:
        known = figure_defaults()
        for name in self.value.get("defaults", {}):
            if name not in known:
                near = closest(name, known) or ", ".join(known)
                yield self._problem(["defaults", name], "unknown_default", name=name, known=near)

    def _zones(self) -> Iterator[Problem]:
        places: list[tuple[list[str], str]] = [(["time_zone"], self.value["time_zone"])]
        for name, source in self.value.get("sources", {}).items():
            if "time_zone" in source:
                places.append((["sources", name, "time_zone"], source["time_zone"]))
        for steps, zone in places:
            if zone not in available_timezones():
                near = closest(zone, available_timezones()) or "Asia/Shanghai, UTC"
                yield self._problem(steps, "unknown_zone", name=zone, known=near)

    def _encoding(self, name: str, source: dict) -> Iterator[Problem]:
        try:
            "".encode(source.get("encoding", "utf-8"))
        except LookupError:
            near = closest(
                source["encoding"], ("utf-8", "latin-1", "gb18030", "gbk", "utf-16", "big5", "cp1252")
            )
            known = near or "utf-8, latin-1, gb18030"
            steps = ["sources", name, "encoding"]
            yield self._problem(steps, "unknown_encoding", name=source["encoding"], known=known)

    def _feed(self, contract: Contract, steps: list[str | int], feed: dict) -> Iterator[Problem]:
        sources = self.value.get("sources", {})
        if feed["from"] not in sources:
            known = closest(feed["from"], sources) or ", ".join(sources)
            yield self._problem([*steps, "from"], "unknown_source", name=feed["from"], known=known)
        elif "deleted" in sources[feed["from"]] and ("unpivot" in feed or "occurrence" in feed):
            yield self._problem(steps, "deleted_needs_key", source=feed["from"])
        yield from self._column_names(contract, steps, feed)
        yield from self._key(contract, steps, feed)
        for at, expression in _expressions(steps, feed):
            try:
                expression_columns(expression)
            except SqlExpressionError as error:
                yield self._problem(at, "sql_syntax", error=error)

    def _column_names(self, contract: Contract, steps: list[str | int], feed: dict) -> Iterator[Problem]:
        known = [column.name for column in contract.columns]
        for name, form in feed["columns"].items():
            at = [*steps, "columns", name]
            if name not in known:
                near = closest(name, known) or ", ".join(known)
                yield self._problem(at, "unknown_column", name=name, table=contract.name, known=near)
            kept = form.get("code_to") if isinstance(form, dict) else None
            if kept is not None and kept not in known:
                near = closest(kept, known) or ", ".join(known)
                yield self._problem(
                    [*at, "code_to"], "unknown_column", name=kept, table=contract.name, known=near
                )
            if kept is not None and kept in feed["columns"]:
                yield self._problem([*at, "code_to"], "mapped_twice", name=kept)

    def _key(self, contract: Contract, steps: list[str | int], feed: dict) -> Iterator[Problem]:
        key, occurrence = as_list(feed.get("key", [])), feed.get("occurrence")
        missing = [name for name in contract.key if name not in feed["columns"]]
        if occurrence is not None and occurrence not in key:
            yield self._problem([*steps, "occurrence"], "occurrence_not_in_key", name=occurrence)
        if not missing:
            return
        listed = ", ".join(missing)
        if not key:
            yield self._problem(steps, "missing_contract_key", columns=listed, table=contract.name)
        elif len(missing) > 1 and len(key) != len(missing):
            yield self._problem(
                [*steps, "key"], "key_count", columns=listed, count=len(missing), given=len(key)
            )


def _feeds(name: str, spec: dict | list) -> Iterator[tuple[list[str | int], dict]]:
    if isinstance(spec, list):
        for number, feed in enumerate(spec):
            yield ["tables", name, number], feed
    else:
        yield ["tables", name], spec


def _expressions(steps: list[str | int], feed: dict) -> Iterator[tuple[list[str | int], str]]:
    if "filter" in feed:
        yield [*steps, "filter"], feed["filter"]
    for name, form in feed["columns"].items():
        if isinstance(form, dict) and "sql" in form:
            yield [*steps, "columns", name, "sql"], form["sql"]


def _relevant(error: jsonschema.ValidationError) -> Iterable[jsonschema.ValidationError]:
    """Of a failed «one of», the errors of the form that the writer evidently meant."""
    if error.validator != "oneOf" or not error.context:
        return [error]
    branches: dict[int, list[jsonschema.ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    fitting = [
        inner
        for inner in branches.values()
        if not any(e.validator == "type" and not e.relative_path for e in inner)
    ]
    if len(fitting) != 1:
        return [error]
    return [relevant for inner in fitting[0] for relevant in _relevant(inner)]


def _wanted(error: jsonschema.ValidationError) -> str:
    return str(error.schema.get("description") or error.validator_value)
