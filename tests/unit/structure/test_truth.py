"""The truth of the make-believe company is nobody's to read but the tests' and the back-tests'."""

from pathlib import Path

from tests.support.sources import tracked_files

READERS = ("sandbox", "tests")
#: Names of the truth's files and of what reads them, split so that this file does not hold them whole.
TRACES = ("truth" + "/", '"truth' + '"', "sandbox." + "truth")


def naming_truth(files: dict[str, str]) -> list[str]:
    """The files, by path from the project's root, that name the truth without being allowed to read it."""
    return sorted(
        path
        for path, text in files.items()
        if path.split("/")[0] not in READERS and any(trace in text for trace in TRACES)
    )


def test_no_room_but_the_sandbox_names_the_truth(project_root: Path) -> None:
    code = {
        path.relative_to(project_root).as_posix(): path.read_text("utf-8")
        for path in tracked_files(project_root)
        if path.suffix in (".py", ".sql", ".yml", ".sh")
    }
    assert naming_truth(code) == []


def test_a_reader_elsewhere_is_told() -> None:
    planted = "folder / " + TRACES[1] + " / 'causes.parquet'"
    assert naming_truth({"ml/churn/forecast.py": planted, "tests/x.py": planted, "cli/y.py": ""}) == [
        "ml/churn/forecast.py"
    ]
