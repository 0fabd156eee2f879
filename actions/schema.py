"""The one table of the action store, and the triggers that keep it append-only."""

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
)

metadata = MetaData()

action = Table(
    "action",
    metadata,
    Column("sequence_no", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column(
        "action_id",
        String(64),
        nullable=False,
        unique=True,
        comment="Made by the client: a repeat is no second action.",
    ),
    Column("kind_code", String(64), nullable=False),
    Column("subject_type", String(64), nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("version", Integer, nullable=False, comment="1, 2, 3… within the subject."),
    Column("payload", JSON, nullable=False),
    Column("reason_code", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("done_by", Text, nullable=False),
    Column("done_at", DateTime, nullable=False, comment="UTC, rising with the version of a subject."),
    Column("undoes_action_id", String(64)),
    # Two writers on one version: the database lets one through, whatever the clients believe.
    UniqueConstraint("subject_type", "subject_id", "version", name="action_version"),
    CheckConstraint("version > 0", name="action_version_positive"),
    sqlite_autoincrement=True,
)

REFUSAL = "actions are append-only: record a further action instead"

for _verb in ("UPDATE", "DELETE"):
    event.listen(
        action,
        "after_create",
        DDL(
            f"CREATE TRIGGER action_refuses_{_verb.lower()} BEFORE {_verb} ON action "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        ).execute_if(dialect="sqlite"),
    )

event.listen(
    action,
    "after_create",
    DDL(
        "CREATE OR REPLACE FUNCTION action_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    ).execute_if(dialect="postgresql"),
)
event.listen(
    action,
    "after_create",
    DDL(
        "CREATE TRIGGER action_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON action "
        "FOR EACH STATEMENT EXECUTE FUNCTION action_refuse()"
    ).execute_if(dialect="postgresql"),
)
