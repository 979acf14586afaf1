"""Contact details are sealed; a blind index finds them. Sealing itself follows: store/sealing.py."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLE, CHATS, WISHES = "contact_points", "conversations", "contact_wishes"
INDEX = "uq_conversations_channel_address_index"
FIXED = ("id", "borrower_id", "channel", "kind", "source", "said_at", "reason")
ENDS = ("ended_at", "ended_by", "end_reason")


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("value_index", sa.Text(), nullable=True))
    op.execute(f"UPDATE {TABLE} SET value_index = value")
    op.drop_index(op.f("ix_contact_points_kind_value"), TABLE)
    with op.batch_alter_table(TABLE) as batch:
        batch.alter_column("value_index", existing_type=sa.Text(), nullable=False)
        batch.drop_constraint(op.f("uq_contact_points_borrower_id_kind_value"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_contact_points_borrower_id_kind_value_index"),
            ["borrower_id", "kind", "value_index"],
        )
    op.create_index(op.f("ix_contact_points_kind_value_index"), TABLE, ["kind", "value_index"])
    op.add_column(CHATS, sa.Column("address_index", sa.Text(), nullable=True))
    op.execute(f"UPDATE {CHATS} SET address_index = address")
    op.create_index(INDEX, CHATS, ["channel", "address_index"], unique=True)
    _wishes(may_be_erased=True)


def downgrade() -> None:
    for table, column in ((TABLE, "value"), (CHATS, "address")):
        sealed = f"SELECT 1 FROM {table} WHERE {column} LIKE 'sealed:%' LIMIT 1"
        if op.get_bind().execute(sa.text(sealed)).first() is not None:
            raise CommandError("Contact details are still sealed.")
    _wishes(may_be_erased=False)
    op.drop_index(INDEX, CHATS)
    op.drop_column(CHATS, "address_index")
    op.drop_index(op.f("ix_contact_points_kind_value_index"), TABLE)
    with op.batch_alter_table(TABLE) as batch:
        batch.drop_constraint(
            op.f("uq_contact_points_borrower_id_kind_value_index"), type_="unique"
        )
        batch.create_unique_constraint(
            op.f("uq_contact_points_borrower_id_kind_value"), ["borrower_id", "kind", "value"]
        )
        batch.drop_column("value_index")
    op.create_index(op.f("ix_contact_points_kind_value"), TABLE, ["kind", "value"])


def _wishes(*, may_be_erased: bool) -> None:
    """A wish may end once; once it may be erased too, its words may go and its address be hidden."""
    lite = op.get_bind().dialect.name == "sqlite"
    differs = "IS NOT" if lite else "IS DISTINCT FROM"
    fixed = FIXED if may_be_erased else (*FIXED, "address", "text", "parameters")
    changed = " OR ".join(f"OLD.{c} {differs} NEW.{c}" for c in fixed)
    ends_anew = " OR ".join(f"OLD.{c} {differs} NEW.{c}" for c in ENDS)
    refused = f"({changed}) OR (OLD.ended_at IS NOT NULL AND ({ends_anew}))"
    if may_be_erased:
        rewritten = " OR ".join(f"OLD.{c} {differs} NEW.{c}" for c in ("text", "parameters"))
        refused += f" OR (NEW.text <> '' AND ({rewritten}))"
    if lite:
        op.execute(f"DROP TRIGGER {WISHES}_only_end")
        op.execute(
            f"CREATE TRIGGER {WISHES}_only_end BEFORE UPDATE ON {WISHES} WHEN {refused}"
            f" BEGIN SELECT RAISE(ABORT, '{WISHES} is append-only'); END"
        )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION tideover_wish_only_ends() RETURNS trigger AS $$ BEGIN"
        f" IF TG_OP = 'UPDATE' AND NOT ({refused}) THEN RETURN NEW; END IF;"
        f" RAISE EXCEPTION '{WISHES} is append-only'; END $$ LANGUAGE plpgsql"
    )
