"""Does the mapping fit the files? Found a table at a time, so that one bad file stops only its own table."""

from collections.abc import Iterator

from ingest.company import Company, Feed, SourceFile
from ingest.problems import Problem, closest, folded
from ingest.sql import expression_columns
from lake.contracts import Contract
from lake.text import text


def feed_columns(feed: Feed, file_columns: list[str]) -> list[str]:
    """The columns that expressions may name: the file's, after unpivot, with the occurrence number."""
    names = list(file_columns)
    if feed.unpivot is not None:
        turned = {folded(name) for name in feed.unpivot.columns}
        names = [name for name in names if folded(name) not in turned]
        names += [feed.unpivot.name, feed.unpivot.value]
    if feed.occurrence is not None:
        names.append(feed.occurrence)
    return names


def used_columns(feed: Feed, names: list[str], contract: Contract) -> set[str]:
    """The columns among `names` that the feed reads."""
    wanted = {folded(name) for _, _, name in _plain_names(feed, contract)}
    wanted |= {folded(name) for _, _, name in _sql_names(feed)}
    return {name for name in names if folded(name) in wanted}


def sql_columns(feed: Feed) -> set[str]:
    """Folded names of the columns that SQL of the feed reads; these stay text."""
    return {folded(name) for _, _, name in _sql_names(feed)}


def mapping_problems(
    company: Company,
    contract: Contract,
    feed: Feed,
    file: SourceFile,
    columns: list[str],
    language: str | None,
) -> list[Problem]:
    """Columns that the mapping names and the file has not, each with its line and the closest names."""
    problems = []
    turned = (
        [("unpivot", feed.lines.get("unpivot"), name) for name in feed.unpivot.columns]
        if feed.unpivot
        else []
    )
    problems += _missing(company, file, turned, columns, language, exact=False)
    names = feed_columns(feed, columns)
    problems += _missing(company, file, _plain_names(feed, contract), names, language, exact=False)
    problems += _missing(company, file, _sql_names(feed), names, language, exact=True)
    return problems


def _missing(
    company: Company,
    file: SourceFile,
    wanted: Iterator[tuple[str, int | None, str]] | list[tuple[str, int | None, str]],
    names: list[str],
    language: str | None,
    *,
    exact: bool,
) -> Iterator[Problem]:
    known = {name.casefold() if exact else folded(name) for name in names}
    for _, line, name in wanted:
        if (name.casefold() if exact else folded(name)) not in known:
            near = closest(name, names) or ", ".join(names)
            what = text("ingest.unknown_source_column", language, file=file.label, name=name)
            yield Problem(
                company.file, line, what, text("ingest.unknown_source_column_do", language, known=near)
            )


def _plain_names(feed: Feed, contract: Contract) -> Iterator[tuple[str, int | None, str]]:
    for column_map in feed.columns:
        for name in (*column_map.key_from, *([column_map.column] if column_map.column else [])):
            yield column_map.name, column_map.line, name
    for name in feed.key:
        yield "key", feed.lines.get("key"), name
    contract_columns = {column.name for column in contract.columns}
    if feed.latest_by is not None and feed.latest_by not in contract_columns:
        yield "latest_by", feed.lines.get("latest_by"), feed.latest_by


def _sql_names(feed: Feed) -> Iterator[tuple[str, int | None, str]]:
    for column_map in feed.columns:
        if column_map.sql is not None:
            for name in sorted(expression_columns(column_map.sql)):
                yield column_map.name, column_map.line, name
    if feed.filter is not None:
        for name in sorted(expression_columns(feed.filter)):
            yield "filter", feed.lines.get("filter"), name
