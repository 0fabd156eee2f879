"""What a batch holds while it is read: files read the typed way, and feeds read as text."""

from dataclasses import dataclass, field

from ingest.company import Feed, SourceFile
from ingest.mapping import ColumnPlan
from ingest.sources.csv_files import SecondLook


@dataclass
class TypedFile:
    """A file read the typed way: its rows in `table`, those for the text way in `doubtful`."""

    file_no: int
    feed: Feed
    file: SourceFile
    table: str
    doubtful: str
    relation: str
    number: str
    look: SecondLook
    source: str | None = None


@dataclass
class FeedPart:
    """One feed's rows as text: the relation of source rows and the plans over it."""

    number: int
    feed: Feed
    files: list[tuple[int, SourceFile]]
    tables: list[str] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    relation: str = ""
    plans: list[ColumnPlan] = field(default_factory=list)
