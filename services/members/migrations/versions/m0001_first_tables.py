"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Members, who they are, screenings, levels, consents, sessions, audit."""
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at_ms"), "audit", ["at_ms"], unique=False)
    op.create_index(op.f("ix_audit_member"), "audit", ["member"], unique=False)
    op.create_table(
        "member",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("alias", sa.String(length=24), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=False),
        sa.Column("hr_max_bpm", sa.Integer(), nullable=True),
        sa.Column("hr_max_source", sa.String(length=12), nullable=False),
        sa.Column("hr_rest_bpm", sa.Integer(), nullable=True),
        sa.Column("hr_rest_source", sa.String(length=12), nullable=True),
        sa.Column("beta_blocker", sa.Boolean(), nullable=False),
        sa.Column("off_board", sa.Boolean(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("visited_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
    )
    op.create_index(op.f("ix_member_visited_ms"), "member", ["visited_ms"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("text_version", sa.String(length=40), nullable=False),
        sa.Column("given_ms", sa.BigInteger(), nullable=False),
        sa.Column("given_by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_ms", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_consent_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_member"), "consent", ["member"], unique=False)
    op.create_table(
        "person",
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_person_member")),
        sa.PrimaryKeyConstraint("member", name=op.f("pk_person")),
    )
    op.create_table(
        "screening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("backward_walk_cs", sa.Integer(), nullable=True),
        sa.Column("fall_12_months", sa.Boolean(), nullable=False),
        sa.Column("contraindications", sa.Text(), nullable=False),
        sa.Column("clinician_ok_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_screening_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening")),
    )
    op.create_index(op.f("ix_screening_member"), "screening", ["member"], unique=False)
    op.create_table(
        "session",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("member", sa.String(length=40), nullable=True),
        sa.Column("goal", sa.String(length=20), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("programme", sa.String(length=200), nullable=False),
        sa.Column("treadmill", sa.String(length=40), nullable=False),
        sa.Column("strap", sa.String(length=200), nullable=False),
        sa.Column("began_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("cause", sa.String(length=60), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("planned_s", sa.Integer(), nullable=False),
        sa.Column("actual_s", sa.Integer(), nullable=True),
        sa.Column("speed_max_ckmh", sa.Integer(), nullable=False),
        sa.Column("grade_max_dpct", sa.Integer(), nullable=False),
        sa.Column("hr_over_s", sa.Integer(), nullable=True),
        sa.Column("hr_mean_bpm", sa.Integer(), nullable=True),
        sa.Column("hr_peak_bpm", sa.Integer(), nullable=True),
        sa.Column("override_why", sa.String(length=200), nullable=False),
        sa.Column("rpe", sa.Integer(), nullable=True),
        sa.Column("pain", sa.Integer(), nullable=True),
        sa.Column("pain_next_day", sa.Integer(), nullable=True),
        sa.Column("balance_lost", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_session_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    op.create_index("ix_session_member_ended", "session", ["member", "ended_ms"], unique=False)
    op.create_table(
        "sign_off",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("goal", sa.String(length=20), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["member.id"], name=op.f("fk_sign_off_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off")),
    )
    op.create_index(op.f("ix_sign_off_member"), "sign_off", ["member"], unique=False)


def downgrade() -> None:
    """Nothing is left."""
    op.drop_index(op.f("ix_sign_off_member"), table_name="sign_off")
    op.drop_table("sign_off")
    op.drop_index("ix_session_member_ended", table_name="session")
    op.drop_table("session")
    op.drop_index(op.f("ix_screening_member"), table_name="screening")
    op.drop_table("screening")
    op.drop_table("person")
    op.drop_index(op.f("ix_consent_member"), table_name="consent")
    op.drop_table("consent")
    op.drop_index(op.f("ix_member_visited_ms"), table_name="member")
    op.drop_table("member")
    op.drop_index(op.f("ix_audit_member"), table_name="audit")
    op.drop_index(op.f("ix_audit_at_ms"), table_name="audit")
    op.drop_table("audit")
