"""One append-only table of actions, versioned by subject."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_REFUSAL = "actions are append-only: record a further action instead"


def upgrade() -> None:
    """The table, and triggers that refuse any change of it."""
    op.create_table(
        "action",
        sa.Column(
            "sequence_no",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("action_id", sa.String(64), nullable=False, unique=True),
        sa.Column("kind_code", sa.String(64), nullable=False),
        sa.Column("subject_type", sa.String(64), nullable=False),
        sa.Column("subject_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("reason_code", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("done_by", sa.Text, nullable=False),
        sa.Column("done_at", sa.DateTime, nullable=False),
        sa.Column("undoes_action_id", sa.String(64)),
        # Two writers on one version: the database lets one through, whatever the clients believe.
        sa.UniqueConstraint("subject_type", "subject_id", "version", name="action_version"),
        sa.CheckConstraint("version > 0", name="action_version_positive"),
        sqlite_autoincrement=True,
    )
    if op.get_context().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER action_refuses_{verb.lower()} BEFORE {verb} ON action "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION action_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER action_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON action "
        "FOR EACH STATEMENT EXECUTE FUNCTION action_refuse()"
    )
