"""dbt in this process: parsed once, then run in halves on a run's build file, tests after.

What does not belong here: which assets the models are (defs/transform.py).
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventMsg

from lake.connection import attach_target, data_path
from lake.settings import PROJECT_ROOT, Settings
from pipelines.dbt_parse import carried_parse

PROJECT = PROJECT_ROOT / "dbt_project"
#: Parsing needs no lake; values that differed from lake to lake would make dbt parse everything anew.
NO_LAKE = {
    "GANTRY_BUILD_FILE": ":memory:",
    "GANTRY_LAKE_ATTACH": "ducklake:sqlite:none",
    "GANTRY_LAKE_DATA_PATH": "none",
    "GANTRY_LAKE_SNAPSHOT": "0",
    "GANTRY_THREADS": "2",
}
BUILT = ("model", "seed", "snapshot")


class DbtFailedError(RuntimeError):
    """dbt could not do what was asked: a model failed, or fewer were built than selected."""


@dataclass(frozen=True)
class NodeOutcome:
    """What became of one model, seed or test."""

    unique_id: str
    name: str
    resource_type: str
    tested: str
    is_ok: bool
    is_warning: bool
    failures: int
    seconds: float
    message: str


class DbtProject:
    """The project parsed for one lake; parsing is the slow part, so one object serves a whole night."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is parsed until the manifest is asked for."""
        self.settings = settings
        self.target = settings.paths.root / "dbt"

    @cached_property
    def manifest(self) -> Manifest:
        """The parsed project; dbt parses what changed since its last parse, for whichever lake that was."""
        with carried_parse(self.target), _variables(NO_LAKE):
            result = dbtRunner().invoke(["parse", *self._paths()])
            if result.exception is not None:
                # What dbt carries on from its last parse may mislead it, a test that moved to another file
                # for one: the project as it stands decides.
                result = dbtRunner().invoke(["parse", "--no-partial-parse", *self._paths()])
        _raise_on_exception(result)
        return result.result

    @cached_property
    def manifest_json(self) -> dict[str, Any]:
        """The manifest as dbt writes it, the form Dagster reads."""
        _ = self.manifest
        return json.loads((self.target / "manifest.json").read_bytes())

    @property
    def project_hash(self) -> str:
        """Changes whenever the SQL, a seed or a macro of the project changes."""
        nodes = sorted((node.unique_id, str(node.checksum.checksum)) for node in self.manifest.nodes.values())
        macros = sorted((macro.unique_id, macro.macro_sql) for macro in self.manifest.macros.values())
        return _digest([nodes, macros])

    def build(
        self, build_file: Path, snapshot_id: int, select: list[str], on_node: Callable[[str], None]
    ) -> list[NodeOutcome]:
        """Seeds and models of `select`, without tests: a failed test must not keep its children from readers.

        `on_node` hears each node's name as it is done. Raises DbtFailedError naming the models that failed.
        """
        arguments = ["build", "--select", *select, "--exclude-resource-type", "test", "unit_test"]
        outcomes = self._invoke(build_file, snapshot_id, arguments, on_node)
        broken = [f"{outcome.name}: {outcome.message}" for outcome in outcomes if not outcome.is_ok]
        if broken:
            raise DbtFailedError("\n".join(broken))
        return outcomes

    def test(self, build_file: Path, snapshot_id: int, select: list[str]) -> list[NodeOutcome]:
        """The data tests of `select`, failed ones among them."""
        chosen = [f"{each},test_type:data" for each in select]
        arguments = ["test", "--select", *chosen, "--indirect-selection", "buildable"]
        return self._invoke(build_file, snapshot_id, arguments, lambda _: None)

    def _invoke(
        self, build_file: Path, snapshot_id: int, arguments: list[str], on_node: Callable[[str], None]
    ) -> list[NodeOutcome]:
        def hear(event: EventMsg) -> None:
            if event.info.name in ("LogModelResult", "LogSeedResult"):
                on_node(event.data.node_info.node_name)

        with self._environment(build_file, snapshot_id):
            runner = dbtRunner(manifest=self.manifest, callbacks=[hear])
            try:
                result = runner.invoke([*arguments, *self._paths()])
            finally:
                # dbt-duckdb keeps its environment, and with it the attached build file, open for ever.
                DuckDBConnectionManager.close_all_connections()
        _raise_on_exception(result)
        return [_outcome(entry) for entry in result.result.results]

    def _paths(self) -> list[str]:
        return [
            *("--project-dir", str(PROJECT)),
            *("--profiles-dir", str(PROJECT)),
            *("--target-path", str(self.target)),
            *("--log-path", str(self.target)),
            *("--log-level", "none"),
            *("--log-level-file", "warn"),
            "--no-use-colors",
        ]

    def _environment(self, build_file: Path, snapshot_id: int) -> AbstractContextManager[None]:
        """What the profile reads of this lake and build."""
        return _variables(
            {
                "GANTRY_BUILD_FILE": str(build_file),
                "GANTRY_LAKE_ATTACH": attach_target(self.settings),
                "GANTRY_LAKE_DATA_PATH": data_path(self.settings),
                "GANTRY_LAKE_SNAPSHOT": str(snapshot_id),
                "GANTRY_THREADS": str(self.settings.threads),
            }
        )


@contextmanager
def _variables(wanted: Mapping[str, str]) -> Iterator[None]:
    """Variables of the process' environment, from which alone dbt takes them."""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _raise_on_exception(result: dbtRunnerResult) -> None:
    if result.exception is not None:
        raise DbtFailedError(str(result.exception)) from result.exception


def _outcome(entry: Any) -> NodeOutcome:
    status = str(entry.status)
    return NodeOutcome(
        unique_id=entry.node.unique_id,
        name=entry.node.name,
        resource_type=str(entry.node.resource_type),
        tested=(getattr(entry.node, "attached_node", None) or entry.node.depends_on_nodes[0]).rpartition(".")[
            2
        ]
        if entry.node.resource_type == "test"
        else "",
        is_ok=status in ("success", "pass", "warn"),
        is_warning=status == "warn",
        failures=entry.failures or 0,
        seconds=round(entry.execution_time, 3),
        message=entry.message or "",
    )


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
