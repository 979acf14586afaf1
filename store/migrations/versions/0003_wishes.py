"""What borrowers want of our contacts: consents and preferences, beside the fast opt-out record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
KINDS = (
    "consent opt_out inconvenient_time inconvenient_place employer_prohibits only_borrower"
    " preferred_language preferred_hours preferred_channel cease representation wrong_person"
    " deceased"
)


def upgrade() -> None:
    op.create_table(
        "contact_wishes",
        sa.Column("id", KEY, nullable=False),
        sa.Column("borrower_id", KEY, nullable=True),
        sa.Column("channel", sa.String(16), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("parameters", DOCUMENT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrowers.id"], name=op.f("fk_contact_wishes_borrower_id")
        ),
        _one_of("kind", KINDS),
        _check("whose", "borrower_id IS NOT NULL OR channel IS NOT NULL"),
        _check("address", "(channel IS NULL) = (address IS NULL)"),
        _check("ended", "(ended_at IS NULL) = (ended_by IS NULL)"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_wishes")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_contact_wishes_borrower_id"), "contact_wishes", ["borrower_id"])
    op.create_index(
        op.f("ix_contact_wishes_channel_address"), "contact_wishes", ["channel", "address"]
    )
    with op.batch_alter_table("opt_outs") as opt_outs:
        opt_outs.add_column(sa.Column("wish_id", KEY, nullable=True))
        opt_outs.create_foreign_key(
            op.f("fk_opt_outs_wish_id"), "contact_wishes", ["wish_id"], ["id"]
        )
        opt_outs.create_index(op.f("ix_opt_outs_wish_id"), ["wish_id"])
    _refuse_rewriting()


def downgrade() -> None:
    with op.batch_alter_table("opt_outs") as opt_outs:
        opt_outs.drop_index(op.f("ix_opt_outs_wish_id"))
        opt_outs.drop_constraint(op.f("fk_opt_outs_wish_id"), type_="foreignkey")
        opt_outs.drop_column("wish_id")
    op.drop_table("contact_wishes")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION tideover_wish_only_ends()")


def _refuse_rewriting() -> None:
    """A wish is never deleted, and the one change it can see is its end, once."""
    fixed = ("borrower_id", "channel", "address", "kind", "source", "said_at", "text", "reason")
    if op.get_bind().dialect.name == "sqlite":
        changed = " OR ".join(f"OLD.{c} IS NOT NEW.{c}" for c in (*fixed, "parameters"))
        op.execute(
            "CREATE TRIGGER contact_wishes_only_end BEFORE UPDATE ON contact_wishes"
            f" WHEN OLD.ended_at IS NOT NULL OR {changed}"
            " BEGIN SELECT RAISE(ABORT, 'contact_wishes is append-only'); END"
        )
        op.execute(
            "CREATE TRIGGER contact_wishes_no_delete BEFORE DELETE ON contact_wishes"
            " BEGIN SELECT RAISE(ABORT, 'contact_wishes is append-only'); END"
        )
        return
    changed = " OR ".join(f"OLD.{c} IS DISTINCT FROM NEW.{c}" for c in (*fixed, "parameters"))
    op.execute(
        "CREATE FUNCTION tideover_wish_only_ends() RETURNS trigger AS $$ BEGIN"
        f" IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND NOT ({changed}) THEN RETURN NEW; END IF;"
        " RAISE EXCEPTION 'contact_wishes is append-only'; END $$ LANGUAGE plpgsql"
    )
    op.execute(
        "CREATE TRIGGER contact_wishes_only_end BEFORE UPDATE OR DELETE ON contact_wishes"
        " FOR EACH ROW EXECUTE FUNCTION tideover_wish_only_ends()"
    )


def _one_of(column: str, values: str) -> sa.CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values.split())
    return _check(column, f"{column} IN ({allowed})")


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_contact_wishes_{name}"))
