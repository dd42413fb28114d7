"""Links by which staff's calendars read who is due."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Nobody has one yet."""
    op.create_table(
        "calendar_link",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_calendar_link_account")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_calendar_link")),
    )
    op.create_index(op.f("ix_calendar_link_account"), "calendar_link", ["account"], unique=False)


def downgrade() -> None:
    """Calendars get nothing any more."""
    op.drop_index(op.f("ix_calendar_link_account"), table_name="calendar_link")
    op.drop_table("calendar_link")
