"""The own lock of a phone that is a member's."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TEXTS = {"passkey_id": sa.Text(), "passkey_public": sa.Text(), "passkey_host": sa.String(length=255)}


def upgrade() -> None:
    """No phone has one yet."""
    with op.batch_alter_table("home") as table:
        for name, kind in TEXTS.items():
            table.add_column(sa.Column(name, kind, nullable=False, server_default=""))
        table.add_column(sa.Column("passkey_count", sa.BigInteger(), nullable=False, server_default="0"))
    # By themselves: in one batch with the columns SQLite's copy of the table would have no default for its old rows.
    with op.batch_alter_table("home") as table:
        for name in (*TEXTS, "passkey_count"):
            table.alter_column(name, server_default=None)


def downgrade() -> None:
    """Pages are opened by their PIN."""
    with op.batch_alter_table("home") as table:
        for name in (*TEXTS, "passkey_count"):
            table.drop_column(name)
