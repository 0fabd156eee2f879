"""The register of figures, read from the `meta.figure` blocks of the marts' columns and checked.

The same blocks are read from dbt's manifest in a night and straight from the YAML files by tools and tests,
which need no dbt for it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

import lake.figures
from lake.figures.reading import figure_of
from lake.settings import PROJECT_ROOT

MODELS = PROJECT_ROOT / "dbt_project" / "models"
SCHEMA = Path(lake.figures.__file__).parent / "figure.schema.json"
DEFAULT_CALL = re.compile(r"figure_default\(\s*['\"](\w+)['\"]")
PUBLISHED = ("dim_", "fct_", "mart_")


class FigureDefinitionError(ValueError):
    """Figures are registered wrongly; the message lists every mistake with what to write."""


@dataclass(frozen=True)
class FigureBlock:
    """One `meta.figure` block and where it stands."""

    file: str
    model: str
    column: str
    content: Mapping[str, Any]

    @property
    def place(self) -> str:
        """Where the block is, for messages."""
        return f"{self.file}, model {self.model}, column {self.column}"


@cache
def figure_schema() -> dict[str, Any]:
    """The JSON Schema of a `meta.figure` block."""
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


def blocks_of_manifest(manifest: Mapping[str, Any]) -> list[FigureBlock]:
    """The blocks of a parsed dbt project."""
    return [
        FigureBlock(str(node.get("patch_path") or ""), node["name"], column["name"], figure)
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        for column in node["columns"].values()
        if (figure := _figure(column)) is not None
    ]


def blocks_of_files(folder: Path = MODELS) -> list[FigureBlock]:
    """The blocks of all YAML files under a models folder."""
    return [
        FigureBlock(path.relative_to(folder.parent).as_posix(), model["name"], column["name"], figure)
        for path, model in _models_in(folder)
        for column in model.get("columns", [])
        if (figure := _figure(column)) is not None
    ]


def figure_rows(manifest: Mapping[str, Any]) -> list[dict[str, object]]:
    """One row of `ops.figure` per registered figure, by figure id.

    Raises FigureDefinitionError when a block is not as the schema says. What else may be wrong with a
    definition is held by the project's tests: it is no reason for a night to publish nothing.
    """
    return rows_of(blocks_of_manifest(manifest))


def rows_of(blocks: Iterable[FigureBlock]) -> list[dict[str, object]]:
    """Rows of `ops.figure`, by figure id; raises FigureDefinitionError for blocks that the schema refuses."""
    blocks = list(blocks)
    validator = jsonschema.Draft202012Validator(figure_schema())
    if mistakes := [
        f"{block.place}: {_told(error)}"
        for block in blocks
        for error in validator.iter_errors(plain(block.content))
    ]:
        raise FigureDefinitionError("\n".join(mistakes))
    return sorted((_row(block) for block in blocks), key=lambda row: str(row["figure_id"]))


def problems(blocks: Iterable[FigureBlock], tables: Iterable[str] | None = None) -> list[str]:
    """Every mistake in the blocks, each with its place and what to write; `tables` are all models."""
    validator = jsonschema.Draft202012Validator(figure_schema())
    known = None if tables is None else set(tables)
    found: list[str] = []
    seen: dict[str, str] = {}
    for block in blocks:
        content = plain(block.content)
        mistakes = [_told(error) for error in validator.iter_errors(content)]
        if not mistakes:
            mistakes = list(_meaning(content, known))
            if first := seen.get(content["id"]):
                mistakes.append(f"id {content['id']} stands already at {first}: write another id")
            seen.setdefault(content["id"], block.place)
        found += [f"{block.place}: {mistake}" for mistake in mistakes]
    return found


def defaults_in(raw_code: str) -> set[str]:
    """The choices of seed figure_default that SQL asks for."""
    return set(DEFAULT_CALL.findall(raw_code))


def _told(error: jsonschema.ValidationError) -> str:
    where = ".".join(["figure", *(str(step) for step in error.absolute_path)])
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        unknown = sorted(set(error.instance) - set(known))
        return f"{where} does not know {', '.join(unknown)}: write one of {', '.join(known)}"
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return f"{where} lacks {', '.join(missing)}: write {', '.join(f'{name}: …' for name in missing)}"
    if error.validator == "enum":
        known = ", ".join(str(each) for each in error.validator_value)
        return f"{where} is {error.instance!r}: write one of {known}"
    if error.validator == "pattern":
        return f"{where} is {error.instance!r}: write a text like {error.validator_value}"
    told = error.schema.get("description", "")
    return f"{where}: {error.message}; write {error.validator_value} {f'({told})' if told else ''}".rstrip()


def _meaning(content: Mapping[str, Any], tables: set[str] | None) -> Iterator[str]:
    """What the schema cannot see: versions without a gap, tables that are published, a mean's own range."""
    earlier = [each["version"] for each in content.get("earlier", [])]
    wanted = list(range(1, content["version"]))
    if earlier != wanted:
        told = ", ".join(str(each) for each in wanted) or "none"
        yield f"version {content['version']} has the earlier versions {earlier}: list {told} under earlier"
    days = [*(each["since"] for each in content.get("earlier", [])), content["since"]]
    if days != sorted(days):
        yield "a later version is in force since an earlier day: write the days of since in order"
    if content["version"] > 1 and "why" not in content:
        yield "a new version needs its reason: write why: {zh: …, en: …}"
    of = content.get("of", {})
    for table in filter(None, (of.get("from"), of.get("evidence", {}).get("from"))):
        if tables is not None and table not in tables:
            yield f"there is no model {table}: write the name of a published one ({', '.join(PUBLISHED)}…)"
    if "scale" in of and of["kind"] != "mean":
        yield f"of.scale is for a mean, not for a {of['kind']}: leave it out"


def _figure(column: Mapping[str, Any]) -> Mapping[str, Any] | None:
    meta = column.get("config", {}).get("meta") or column.get("meta") or {}
    return meta.get("figure")


def _models_in(folder: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in sorted(folder.rglob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=loader) or {}  # noqa: S506 (both are safe)
        for model in content.get("models", []):
            yield path, model


def plain(value: Any) -> Any:
    """A value of YAML with its dates as the text that JSON has for them."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def _row(block: FigureBlock) -> dict[str, object]:
    content = plain(block.content)
    target, of = content.get("target"), content.get("of", {})
    row: dict[str, object] = {
        "figure_id": content["id"],
        "name_zh": content["name"]["zh"],
        "name_en": content["name"]["en"],
        "formula_zh": content["formula"]["zh"],
        "formula_en": content["formula"]["en"],
        "unit": content["unit"],
        "grain": content["grain"],
        "owner": content["owner"],
        "direction_code": content["direction"],
        "target_value": None if target is None else float(target),
        "version": content["version"],
        "since_on": date.fromisoformat(content["since"]),
        "model_name": block.model,
        "column_name": block.column,
        "from_table": of.get("from"),
        "where_sql": of.get("where"),
        "value_sql": of.get("value"),
        "kind_code": of.get("kind"),
        "key_column": of.get("key"),
        "filters": _json(of.get("filters")),
        "grain_columns": _json(of.get("grain")),
        "scale": _json(of.get("scale")),
        "evidence": _json(of.get("evidence")),
        "defaults": _json(content.get("defaults")),
        "versions": _json(_versions(content)),
    }
    return row | {"sql": figure_of(row).sql()}


def _versions(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All versions, oldest first, the one in force last."""
    newest = {key: content[key] for key in ("version", "since", "formula", "why") if key in content}
    return [*content.get("earlier", []), newest]


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)
