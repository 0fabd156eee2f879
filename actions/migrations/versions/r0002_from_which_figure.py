"""From which figure and publication an action was taken; how each subject stands now, as a view."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Two columns that older actions leave empty, an index for reading by kind, and the view."""
    op.add_column("action", sa.Column("figure_id", sa.String(128)))
    op.add_column("action", sa.Column("publication_name", sa.String(64)))
    op.create_index("action_kind", "action", ["kind_code", "subject_type", "subject_id"])
    op.execute(
        "CREATE VIEW action_state AS SELECT action.* FROM action INNER JOIN ("
        "SELECT max(sequence_no) AS sequence_no FROM action GROUP BY kind_code, subject_type, subject_id"
        ") AS newest ON action.sequence_no = newest.sequence_no"
    )
