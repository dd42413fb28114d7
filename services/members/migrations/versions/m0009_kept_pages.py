"""Whether copies of a member's page are kept on their phone."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Nobody wished that yet."""
    with op.batch_alter_table("home") as table:
        table.add_column(sa.Column("kept", sa.Boolean(), nullable=False, server_default=sa.false()))
    # By itself: in one batch with the column SQLite's copy of the table would have no default for its old rows.
    with op.batch_alter_table("home") as table:
        table.alter_column("kept", server_default=None)


def downgrade() -> None:
    """Nothing is kept on phones."""
    with op.batch_alter_table("home") as table:
        table.drop_column("kept")
