"""Results of tests that are done again over weeks."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Nothing is measured yet."""
    op.create_table(
        "outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("value_c", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_outcome_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
    )
    op.create_index(op.f("ix_outcome_member"), "outcome", ["member"], unique=False)


def downgrade() -> None:
    """Nor is it known any more."""
    op.drop_index(op.f("ix_outcome_member"), table_name="outcome")
    op.drop_table("outcome")
