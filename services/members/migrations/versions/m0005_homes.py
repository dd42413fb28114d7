"""Members' own pages: links that make a phone a member's, and those phones."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Hashes alone of whatever opens something."""
    op.create_table(
        "home_link",
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_home_link_member")),
        sa.PrimaryKeyConstraint("member", name=op.f("pk_home_link")),
        sa.UniqueConstraint("hash", name=op.f("uq_home_link_hash")),
    )
    op.create_table(
        "home",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("phone_hash", sa.String(length=64), nullable=False),
        sa.Column("pin_hash", sa.String(length=200), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("began_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=False),
        sa.Column("open_hash", sa.String(length=64), nullable=False),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_home_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home")),
    )
    op.create_index(op.f("ix_home_member"), "home", ["member"], unique=False)


def downgrade() -> None:
    """Nobody has a page of their own any more."""
    op.drop_index(op.f("ix_home_member"), table_name="home")
    op.drop_table("home")
    op.drop_table("home_link")
