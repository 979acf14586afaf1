"""Plans that are changed: which offer counts, what an offer changes, what the borrower is told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
KINDS = "recommended approved declined change_proposed moved failed completed"


def upgrade() -> None:
    op.add_column("plan_offers", sa.Column("changes", sa.String(32), nullable=True))
    op.create_index(op.f("ix_plan_offers_changes"), "plan_offers", ["changes"])
    op.add_column("plans", sa.Column("offer_id", sa.String(32), nullable=True))
    op.execute("UPDATE plans SET offer_id = id")
    with op.batch_alter_table("plans") as plans:
        plans.alter_column("offer_id", existing_type=sa.String(32), nullable=False)
    allowed = ", ".join(f"'{kind}'" for kind in KINDS.split())
    op.create_table(
        "plan_notices",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("borrower_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrowers.id"], name=op.f("fk_plan_notices_borrower_id")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_plan_notices_account_id")
        ),
        sa.UniqueConstraint("subject", "kind", name=op.f("uq_plan_notices_subject_kind")),
        sa.CheckConstraint(f"kind IN ({allowed})", name=op.f("ck_plan_notices_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_notices")),
    )
    op.create_index(op.f("ix_plan_notices_told_at"), "plan_notices", ["told_at"])


def downgrade() -> None:
    op.drop_table("plan_notices")
    with op.batch_alter_table("plans") as plans:
        plans.drop_column("offer_id")
    op.drop_index(op.f("ix_plan_offers_changes"), "plan_offers")
    with op.batch_alter_table("plan_offers") as offers:
        offers.drop_column("changes")
