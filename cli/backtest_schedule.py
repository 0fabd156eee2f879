"""`gantry backtest schedule`: plans with limited resources, against the best known makespans."""

import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.common import EXIT_USAGE, JsonOption, err, fail, told_plainly
from lake.text import text

if TYPE_CHECKING:
    from ml.schedule.backtest import Network

ARCHIVE, NETWORK, LISTS = ".zip", ".sm", (".csv",)

NetworksOption = Annotated[
    Path, typer.Option("--networks", metavar="ZIP|DIR", help=text("cli.help_networks"))
]
LimitOption = Annotated[float, typer.Option("--limit", metavar="SECONDS", help=text("cli.help_limit"))]
SampleOption = Annotated[
    int | None, typer.Option("--sample", metavar="N", min=1, help=text("cli.help_sample"))
]
DeterministicOption = Annotated[bool, typer.Option("--deterministic", help=text("cli.help_deterministic"))]
WorkersOption = Annotated[int, typer.Option("--workers", min=1, help=text("cli.help_workers"))]


def schedule(
    networks: NetworksOption,
    limit: LimitOption = 10.0,
    sample: SampleOption = None,
    workers: WorkersOption = 2,
    deterministic: DeterministicOption = False,
    as_json: JsonOption = False,
) -> None:
    """Plan every network within the limit and print how far the plans lie from the best known."""
    if limit <= 0:
        fail(text("cli.bad_limit", None, value=limit), EXIT_USAGE)
    if not networks.exists():
        fail(text("cli.no_networks", None, path=networks), EXIT_USAGE)
    from cli.backtest_report import tell
    from ml.schedule.backtest import backtest
    from ml.schedule.constraint_model import PlanConfig

    with told_plainly():
        try:
            found, notes = _networks(_texts(networks))
        except zipfile.BadZipFile as error:
            fail(text("cli.bad_archive", None, path=networks, reason=error), EXIT_USAGE)
        if not found:
            fail(text("cli.no_networks", None, path=networks), EXIT_USAGE)
        chosen = _spread(found, sample)
        config = PlanConfig(
            limit_seconds=limit, deterministic_limit=limit if deterministic else None, workers=workers
        )
        with _bar(len(chosen)) as done:
            result = backtest(chosen, config, done)
    for note in notes:
        err.print(f"▲ {note}", markup=False, highlight=False, soft_wrap=True)
    tell(result, as_json)


def _texts(path: Path) -> Mapping[str, Mapping[str, str]]:
    """By set (an archive, or the folder that holds the files) the text of each file, by its name."""
    found: dict[str, dict[str, str]] = {}
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.suffix == ARCHIVE:
            with zipfile.ZipFile(file) as archive:
                for name in sorted(archive.namelist()):
                    if name.endswith((NETWORK, *LISTS)):
                        content = archive.read(name).decode("latin-1")
                        found.setdefault(file.stem, {})[Path(name).name] = content
        elif file.is_file() and file.suffix in (NETWORK, *LISTS):
            content = file.read_text(encoding="latin-1")
            found.setdefault(path.stem if path.is_dir() else file.parent.stem, {})[file.name] = content
    return found


def _networks(texts: Mapping[str, Mapping[str, str]]) -> tuple[list["Network"], list[str]]:
    """The networks of all sets with their best known makespans, and what could not be read."""
    from ml.schedule.backtest import Network
    from ml.schedule.psplib import NetworkFormatError, read_best_known, read_network

    found, notes = [], []
    for set_name, files in texts.items():
        best: dict[str, int] = {}
        for name, content in files.items():
            if name.endswith(LISTS):
                best |= read_best_known(content)
        for name, content in files.items():
            if not name.endswith(NETWORK):
                continue
            key = name.removesuffix(NETWORK)
            try:
                found.append(Network(key, set_name, read_network(content), best.get(key)))
            except NetworkFormatError as error:
                notes.append(text("cli.network_unread", None, name=f"{set_name}/{name}", reason=error))
    return found, notes


def _spread(networks: list["Network"], sample: int | None) -> list["Network"]:
    """So many of them, spread evenly over all: neighbours are alike."""
    if sample is None or sample >= len(networks):
        return networks
    return [networks[at * len(networks) // sample] for at in range(sample)]


@contextmanager
def _bar(total: int) -> Iterator[Callable[[str], None]]:
    """A progress bar on standard error, silent where nobody watches; gives what counts a network."""
    bar = Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
    with bar:
        task = bar.add_task(text("cli.preparing"), total=total)
        yield lambda name: bar.update(task, description=name, advance=1)
