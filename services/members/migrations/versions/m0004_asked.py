"""Which questions a screening asked, what was asked of a session, and the speed that was comfortable."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """What is there was screened by the first form, and its sessions asked nothing that counts now."""
    with op.batch_alter_table("screening") as table:
        table.add_column(sa.Column("form", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("session") as table:
        table.add_column(sa.Column("unanswered", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("asks_next_day", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("comfortable_ckmh", sa.Integer(), nullable=True))
    # By themselves: in one batch with the columns SQLite's copy of the table would have no default for its old rows.
    with op.batch_alter_table("screening") as table:
        table.alter_column("form", server_default=None)
    with op.batch_alter_table("session") as table:
        table.alter_column("unanswered", server_default=None)
        table.alter_column("asks_next_day", server_default=None)


def downgrade() -> None:
    """It is no longer known."""
    with op.batch_alter_table("session") as table:
        table.drop_column("comfortable_ckmh")
        table.drop_column("asks_next_day")
        table.drop_column("unanswered")
    with op.batch_alter_table("screening") as table:
        table.drop_column("form")
