"""What members are to do, version by version."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Nobody is prescribed anything yet."""
    op.create_table(
        "prescription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("goal", sa.String(length=20), nullable=False),
        sa.Column("programme", sa.String(length=200), nullable=False),
        sa.Column("speed_ckmh", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("sessions_week", sa.Integer(), nullable=False),
        sa.Column("pain_stop", sa.Integer(), nullable=False),
        sa.Column("hr_ceiling_bpm", sa.Integer(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("clinician", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_prescription_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prescription")),
    )
    op.create_index(op.f("ix_prescription_member"), "prescription", ["member"], unique=False)


def downgrade() -> None:
    """Take the table of prescriptions away."""
    op.drop_index(op.f("ix_prescription_member"), table_name="prescription")
    op.drop_table("prescription")
