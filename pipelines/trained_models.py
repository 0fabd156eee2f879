"""Trained models of a lake: kept as files, known by what they were trained on, renewed when due.

A model is of an anchor day, the Monday on or before the business date: every lake with the same facts has the
same model on the same date, whenever its nights ran. It is renewed in a new week, when the code of its
question changed, and when its forecasts have drifted.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from lake.settings import PROJECT_ROOT, LakePaths
from ml.artefacts import dumps, loads

MODEL, RECORD = "model.skops", "record.json"
_ML = PROJECT_ROOT / "ml"
_IMPORT = re.compile(r"^\s*from ml\.(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class TrainingRecord:
    """What a model stands on and how it did: the data its card and its gate are made from.

    metrics and seconds: by method, as the back-test printed them. ships: whether the model's own numbers are
    published; reasons: code and values of each point of the gate.
    """

    question: str
    anchor_on: date
    code_hash: str
    n: int
    origins: list[str]
    metrics: dict[str, dict[str, float | int | None]]
    seconds: dict[str, float]
    ships: bool
    reasons: list[dict[str, Any]]
    notes: list[str]
    rows: list[dict[str, Any]]
    #: What it would have been asked about on its anchor day, by feature: what drift is told from.
    profile: dict[str, dict[str, Any]] = field(default_factory=dict)


def anchor_of(as_of_on: date) -> date:
    """The day whose knowledge a model of this business date is trained with: its week's Monday."""
    return as_of_on - timedelta(days=as_of_on.weekday())


@cache
def code_hash(question: str) -> str:
    """Changes whenever the code that makes a question's model does, in whichever room of `ml/` it stands."""
    digest = hashlib.sha256()
    for file in _code_of(question):
        digest.update(file.relative_to(_ML).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _code_of(question: str) -> list[Path]:
    """The files of a question's room and of all that it imports from `ml/`, and so on."""
    files: set[Path] = set()
    seen, waiting = {question}, [question]
    while waiting:
        name = waiting.pop()
        found = {*(_ML / name).glob("*.py"), *_ML.glob(f"{name}.py")}
        files |= found
        named = {each for file in found for each in _IMPORT.findall(file.read_text(encoding="utf-8"))}
        waiting += sorted(named - seen)
        seen |= named
    return sorted(files)


class ModelShelf:
    """The newest trained model of each question of one lake."""

    def __init__(self, paths: LakePaths) -> None:
        """The shelf of a lake; nothing is written before the first training."""
        self._root = paths.models

    def record(self, question: str) -> TrainingRecord | None:
        """The record of the newest training, or None before the first and after a file was damaged."""
        try:
            content = json.loads((self._root / question / RECORD).read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        content["anchor_on"] = date.fromisoformat(content["anchor_on"])
        return TrainingRecord(**content)

    def model(self, question: str) -> Any:
        """The newest trained model, None where there is none. Raises UntrustedArtefactError."""
        path = self._root / question / MODEL
        return loads(path.read_bytes()) if path.exists() else None

    def usable(self, question: str, as_of_on: date) -> Any:
        """The model whose numbers may be published on this business date; None where the baseline is.

        Not one that lost to its baseline, nor one that knows days after `as_of_on`.
        """
        record = self.record(question)
        if record is None or not record.ships or record.anchor_on > as_of_on:
            return None
        return self.model(question)

    def is_due(self, question: str, as_of_on: date) -> bool:
        """Whether the model for this business date is still to be trained.

        A model of a later anchor knows the future of an earlier business date: it is trained again too.
        """
        record = self.record(question)
        return (
            record is None
            or record.anchor_on != anchor_of(as_of_on)
            or record.code_hash != code_hash(question)
        )

    def keep(self, record: TrainingRecord, model: object) -> None:
        """Put a model and its record on the shelf; the record last, so that half a write is no model."""
        folder = self._root / record.question
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RECORD).unlink(missing_ok=True)
        if model is None:
            (folder / MODEL).unlink(missing_ok=True)
        else:
            _replace(folder / MODEL, dumps(model))
        content = asdict(record) | {"anchor_on": record.anchor_on.isoformat()}
        _replace(folder / RECORD, json.dumps(content, ensure_ascii=False, default=str).encode())


def _replace(path: Path, content: bytes) -> None:
    half = path.with_suffix(path.suffix + ".half")
    with half.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def measures_of(record: TrainingRecord) -> list[Mapping[str, object]]:
    """One row a method and measure of the record, for the card."""
    return [
        {"method_code": method, "metric_code": metric, "value": value}
        for method, measures in record.metrics.items()
        for metric, value in measures.items()
    ]
