"""Plans: offers as they were shown, plans that were agreed, their certificates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
OFFER_STATES = "shown requested recommended approved declined withdrawn accepted"
PLAN_STATES = "on_track completed failed cancelled"


def upgrade() -> None:
    op.create_table(
        "plan_offers",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("borrower_id", KEY, nullable=False),
        sa.Column("offer", DOCUMENT, nullable=False),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("shown_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("recommended_by", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("declined_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        _to("plan_offers", "account_id", "accounts.id"),
        _to("plan_offers", "borrower_id", "borrowers.id"),
        _one_of("plan_offers", "state", OFFER_STATES),
        _check(
            "plan_offers",
            "two_people",
            "approved_by IS NULL OR recommended_by IS NULL OR approved_by <> recommended_by",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_offers")),
    )
    op.create_table(
        "plans",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("borrower_id", KEY, nullable=False),
        sa.Column("card_id", KEY, nullable=True),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("schedule_version", sa.Integer(), nullable=False),
        sa.Column("hold_id", KEY, nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        _to("plans", "id", "plan_offers.id"),
        _to("plans", "account_id", "accounts.id"),
        _to("plans", "borrower_id", "borrowers.id"),
        _to("plans", "card_id", "accounts.id"),
        _to("plans", "hold_id", "holds.id"),
        _one_of("plans", "state", PLAN_STATES),
        _check("plans", "ended_on", "(state = 'on_track') = (ended_on IS NULL)"),
        _check("plans", "moved", "moved >= 0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_table(
        "plan_certificates",
        sa.Column("id", KEY, nullable=False),
        sa.Column("plan_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=True),
        _to("plan_certificates", "plan_id", "plans.id"),
        sa.UniqueConstraint(
            "plan_id", "version", name=op.f("uq_plan_certificates_plan_id_version")
        ),
        _check("plan_certificates", "version", "version >= 1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_certificates")),
    )
    for table, column in (
        ("plan_offers", "account_id"),
        ("plan_offers", "borrower_id"),
        ("plans", "account_id"),
        ("plans", "borrower_id"),
        ("plans", "card_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    for table in ("plan_certificates", "plans", "plan_offers"):
        op.drop_table(table)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _one_of(table: str, column: str, values: str) -> sa.CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values.split())
    return _check(table, column, f"{column} IN ({allowed})")
