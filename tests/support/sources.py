"""Reading the project's own files: what git tracks, what the code says, what the messages hold."""

import ast
import hashlib
import re
import string
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOMS = ("lake", "ingest", "sandbox", "ml", "actions", "reports", "pipelines", "cockpit", "cli", "benchmarks")
MAX_LINES = 400
LANGUAGES = ("zh", "en")

# Split so that this file does not hold what it looks for.
REGISTRIES = (
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "npm" + "js.com",
    "proxy.go" + "lang.org",
)
MACHINE_PATH = re.compile(r"(?<![\w.}~/-])/(?:root|home|work|Users|mnt|private)/\w[\w.-]*")
WORK_TRACES = re.compile(r"\bissues? #?\d+\b|\b(?:PR|fix(?:es)?|closes|see) #\d+\b", re.IGNORECASE)
MAPPING_VARIABLE = re.compile(r"\$\{\w+\}(?!\})")
PICTURE_BYTES = 200_000
FILE_BYTES = 1_000_000


def tracked_files(root: Path) -> list[Path]:
    """What git tracks, or would track at the next commit (new files that are not ignored)."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: no telling which files belong to the project")
    paths = [root / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def overlong_files(paths: Iterable[Path], limit: int = MAX_LINES) -> list[str]:
    """Python files that hold more than one subject, going by their length."""
    lengths = {path: path.read_text(encoding="utf-8").count("\n") for path in paths if path.suffix == ".py"}
    return [f"{path}: {lines} lines, more than {limit}" for path, lines in lengths.items() if lines > limit]


def foreign_traces(path: Path) -> list[str]:
    """Registry hosts, paths of one machine and issue numbers in a text file."""
    try:
        content = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return []
    found = [host for host in REGISTRIES if host in content]
    found += [match.group() for match in MACHINE_PATH.finditer(content)]
    if path.suffix in {".md", ".py", ".sh", ".sql"}:
        found += [match.group() for match in WORK_TRACES.finditer(content)]
    return [f"{path}: {trace}" for trace in found]


def copied_files(paths: Iterable[Path], originals: Path) -> list[str]:
    """Files equal in content to one below `originals`; empty files are nobody's."""
    by_size: dict[int, list[Path]] = {}
    for original in originals.rglob("*"):
        if original.is_file() and original.stat().st_size:
            by_size.setdefault(original.stat().st_size, []).append(original)
    return [
        f"{path} is a copy of {original}"
        for path in paths
        for original in by_size.get(path.stat().st_size, [])
        if _digest(path) == _digest(original)
    ]


def oversized_files(paths: Iterable[Path]) -> list[str]:
    """Files too heavy to be carried by every clone."""
    limits = {path: PICTURE_BYTES if path.suffix == ".png" else FILE_BYTES for path in paths}
    return [
        f"{p}: {p.stat().st_size} bytes, more than {limit}"
        for p, limit in limits.items()
        if p.stat().st_size > limit
    ]


def bad_messages(room: str, messages: Mapping[str, Any]) -> list[str]:
    """Messages that lack a language or whose placeholders differ between the languages."""
    problems = []
    for key, entry in messages.items():
        missing = [language for language in LANGUAGES if not _is_text(entry, language)]
        if missing:
            problems.append(f"{room}.{key}: no text in {', '.join(missing)}")
            continue
        chinese, english = (placeholders(entry[language]) for language in LANGUAGES)
        if chinese and any(MAPPING_VARIABLE.search(entry[language]) for language in LANGUAGES):
            problems.append(f"{room}.{key}: beside placeholders ${{NAME}} is written ${{{{NAME}}}}")
        if chinese != english:
            problems.append(f"{room}.{key}: placeholders differ: zh {sorted(chinese)}, en {sorted(english)}")
    return problems


def placeholders(message: str) -> set[str]:
    """The names in braces of a message; a lone `${NAME}` is what mapping files write, not a placeholder."""
    filled = MAPPING_VARIABLE.sub("", message)
    parts = string.Formatter().parse(filled)
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in parts if name is not None}


def message_calls(path: Path) -> list[tuple[int, str, set[str] | None]]:
    """Calls of `text` and `both` with a constant key: line, key, names given (None: some come as **)."""
    calls = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"text", "both"}
        ):
            continue
        if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
            names = {keyword.arg for keyword in node.keywords}
            given = None if None in names else {name for name in names if name and name != "language"}
            calls.append((node.lineno, node.args[0].value, given))
    return calls


def bad_message_calls(path: Path, messages: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Calls that name a message that isn't there, or do not fill its placeholders."""
    problems = []
    for line, key, given in message_calls(path):
        entry = messages.get(key.partition(".")[0], {}).get(key.partition(".")[2])
        if entry is None:
            problems.append(f"{path}:{line}: no message {key}")
        elif given is not None and not placeholders(entry["en"]) <= given:
            problems.append(f"{path}:{line}: {key} is not given {sorted(placeholders(entry['en']) - given)}")
    return problems


def imports_annotations(path: Path) -> bool:
    """Whether a module postpones its annotations, which Dagster cannot read."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)


def _is_text(entry: Any, language: str) -> bool:
    return (
        isinstance(entry, Mapping) and isinstance(entry.get(language), str) and bool(entry[language].strip())
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
