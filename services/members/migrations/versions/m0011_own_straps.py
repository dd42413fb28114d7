"""Members' own straps, by a salted hash."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Nobody's is known yet."""
    op.create_table(
        "own_strap",
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_own_strap_member")),
        sa.PrimaryKeyConstraint("member", name=op.f("pk_own_strap")),
    )


def downgrade() -> None:
    """Straps are nobody's own any more."""
    op.drop_table("own_strap")
