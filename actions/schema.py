"""The one table of the action store as queries know it; `migrations/` makes it and keeps it append-only."""

from sqlalchemy import JSON, BigInteger, Column, DateTime, Integer, MetaData, String, Table, Text

metadata = MetaData()

_COLUMNS = (
    ("action_id", String(64)),  # made by the client: a repeat is no second action
    ("kind_code", String(64)),
    ("subject_type", String(64)),
    ("subject_id", Text),
    ("version", Integer),  # 1, 2, 3… within the subject
    ("payload", JSON),
    ("reason_code", String(64)),
    ("reason", Text),
    ("done_by", Text),
    ("done_at", DateTime),  # UTC, rising with the version of a subject
    ("undoes_action_id", String(64)),
    ("figure_id", String(128)),
    ("publication_name", String(64)),
)


def _columns() -> list[Column]:
    number = BigInteger().with_variant(Integer, "sqlite")
    return [Column("sequence_no", number, primary_key=True), *(Column(*each) for each in _COLUMNS)]


action = Table("action", metadata, *_columns())
#: The newest action of each subject and kind.
action_state = Table("action_state", metadata, *_columns())
