"""dbt in this process: parsed once, then run in halves on a run's build file, tests after.

What does not belong here: which assets the models are (defs/transform.py).
"""

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventMsg

from lake.connection import attach_target, data_path
from lake.settings import PROJECT_ROOT, Settings
from pipelines.dbt_parse import carried_parse, kept_folder
from pipelines.dbt_tests import (
    DataTest,
    compiled_tests,
    described_tests,
    due_tests,
    keep_tests,
    read_tests,
    run_tests,
    tested_table,
)
from pipelines.outcomes import NodeOutcome

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


class DbtProject:
    """The project parsed for one lake; parsing is the slow part, so one object serves a whole night."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is parsed until the manifest is asked for."""
        self.settings = settings
        self.target = settings.paths.root / "dbt"
        self._tests: list[DataTest] | None = None
        #: What the last build made, compiled, in the order in which it was done.
        self.built: list[Any] = []

    @cached_property
    def manifest(self) -> Manifest:
        """The parsed project; dbt parses what changed since its last parse, for whichever lake that was."""
        with carried_parse(self.target), _variables(NO_LAKE):
            result = dbtRunner().invoke(["parse", *self._paths()])
            if result.exception is not None or _is_of_elsewhere(result.result):
                # What dbt carries on from its last parse may mislead it, a test that moved to another file
                # for one, or seeds of where the project once lay: the project as it stands decides.
                result = dbtRunner().invoke(["parse", "--no-partial-parse", *self._paths()])
        _raise_on_exception(result)
        return result.result

    @cached_property
    def manifest_json(self) -> dict[str, Any]:
        """The manifest as dbt writes it, the form Dagster reads."""
        _ = self.manifest
        return json.loads((self.target / "manifest.json").read_bytes())

    @property
    def views(self) -> set[str]:
        """The models that are views."""
        return {node.name for node in self.manifest.nodes.values() if node.config.materialized == "view"}

    @property
    def project_hash(self) -> str:
        """Changes whenever the SQL, a seed or a macro of the project changes."""
        nodes = sorted((node.unique_id, str(node.checksum.checksum)) for node in self.manifest.nodes.values())
        macros = sorted((macro.unique_id, macro.macro_sql) for macro in self.manifest.macros.values())
        return _digest([nodes, macros])

    def build(
        self,
        build_file: Path,
        snapshot_id: int,
        select: list[str],
        on_node: Callable[[str], None],
        *,
        views_stand: bool = False,
    ) -> list[NodeOutcome]:
        """Seeds and models of `select`, without tests: a failed one must not keep its children from readers.

        Views stand already in a build that carries on from one of the same project. `on_node` hears each
        node's name when it is done. Raises DbtFailedError naming the models that failed.
        """
        arguments = ["build", "--select", *select, "--exclude-resource-type", "test", "unit_test"]
        # The manifest was written when it was parsed; writing it again took 0.3 s a call.
        arguments.append("--no-write-json")
        if views_stand:
            arguments += ["--exclude", "config.materialized:view"]
        results = self._results(build_file, snapshot_id, arguments, on_node)
        self.built = [entry.node for entry in results]
        outcomes = [_outcome(each) for each in results]
        broken = [f"{outcome.name}: {outcome.message}" for outcome in outcomes if not outcome.is_ok]
        if broken:
            raise DbtFailedError("\n".join(broken))
        return outcomes

    def test(
        self,
        build_file: Path,
        snapshot_id: int,
        built: Collection[str],
        pending: Collection[str] = (),
        done: Collection[str] = (),
    ) -> list[NodeOutcome]:
        """The data tests of what is `built` and of the sources it reads, failed ones among them.

        Tests that also read a `pending` table are left for when that is built; those `done` are not repeated.
        """
        standing = set(built) | self._sources_of(built)
        wanted = due_tests(self._data_tests(build_file, snapshot_id), standing, pending)
        news = [test for test in wanted if test.unique_id not in done]
        return run_tests(self.settings, build_file, snapshot_id, news)

    def _sources_of(self, models: Collection[str]) -> set[str]:
        sources = self.manifest.sources
        return {
            sources[parent].name
            for node in self.manifest.nodes.values()
            if node.name in models
            for parent in node.depends_on_nodes
            if parent in sources
        }

    def _data_tests(self, build_file: Path, snapshot_id: int) -> list[DataTest]:
        """All data tests, compiled by dbt once for each state of the project, whichever lake asks first."""
        if self._tests is None:
            digest = described_tests(self.manifest)
            self._tests = read_tests(kept_folder(), digest)
            if self._tests is None:
                arguments = [
                    "compile",
                    "--select",
                    "test_type:data",
                    "--no-populate-cache",
                    "--no-introspect",
                ]
                nodes = [entry.node for entry in self._results(build_file, snapshot_id, arguments)]
                self._tests = compiled_tests(nodes, self.manifest)
                keep_tests(kept_folder(), digest, self._tests)
        return self._tests

    def _results(
        self,
        build_file: Path,
        snapshot_id: int,
        arguments: list[str],
        on_node: Callable[[str], None] = lambda _: None,
    ) -> list[Any]:
        """What dbt answers of each node when it is called with `arguments` on a build file."""

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
        return list(result.result.results)

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


def _is_of_elsewhere(manifest: Manifest) -> bool:
    """Whether a parse is of a project in another folder: dbt keeps the full path of seeds."""
    roots = {node.root_path for node in manifest.nodes.values() if node.resource_type == "seed"}
    return bool(roots - {str(PROJECT)})


def _raise_on_exception(result: dbtRunnerResult) -> None:
    if result.exception is not None:
        raise DbtFailedError(str(result.exception)) from result.exception


def _outcome(entry: Any) -> NodeOutcome:
    status = str(entry.status)
    return NodeOutcome(
        unique_id=entry.node.unique_id,
        name=entry.node.name,
        resource_type=str(entry.node.resource_type),
        tested=tested_table(entry.node) if entry.node.resource_type == "test" else "",
        is_ok=status in ("success", "pass", "warn"),
        is_warning=status == "warn",
        failures=entry.failures or 0,
        seconds=round(entry.execution_time, 3),
        message=entry.message or "",
    )


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
