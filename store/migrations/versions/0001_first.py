"""First schema: borrowers, accounts, ledger, conversations, contact decisions, audit.

Written out, not made from the tables: it must give the same schema in every later version.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
APPEND_ONLY = ("ledger_entries", "audit")
TABLES_DOWN = (
    *("audit", "opt_outs", "contact_decisions", "escalations", "link_tokens"),
    *("identity_attempts", "messages", "conversations", "feeds", "ledger_entries", "payments"),
    *("statements", "instalments", "schedules", "accounts", "contact_points", "borrowers"),
)


def upgrade() -> None:
    _borrowers()
    _accounts()
    _schedules()
    _statements()
    _payments()
    _ledger()
    _conversations()
    _messages()
    _identity()
    _escalations()
    _contact()
    _audit()
    for table in APPEND_ONLY:
        _refuse_changes(table)


def downgrade() -> None:
    for table in TABLES_DOWN:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION tideover_append_only()")


def _col(name: str, type_: sa.types.TypeEngine[Any], null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=null)


def _text(name: str, length: int | None = None, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=null)


def _id() -> sa.Column[Any]:
    return sa.Column("id", KEY, primary_key=True)


def _one_of(table: str, column: str, values: str) -> sa.CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values.split())
    return _check(table, column, f"{column} IN ({allowed})")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _currency(table: str) -> sa.CheckConstraint:
    return _check(table, "currency", "length(currency) = 3 AND currency = upper(currency)")


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _to_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id", "currency"],
        ["accounts.id", "accounts.currency"],
        name=op.f(f"fk_{table}_account_id_currency"),
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def _partial(name: str, table: str, columns: list[str], where: str, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(
        name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition
    )


def _create(
    table: str, *items: sa.Column[Any] | sa.Constraint, keyed_by: str = "id", keep_ids: bool = False
) -> None:
    """`keep_ids`: SQLite never gives an id out again, not even that of the last row."""
    key = sa.PrimaryKeyConstraint(keyed_by, name=op.f(f"pk_{table}"))
    op.create_table(table, *items, key, sqlite_autoincrement=keep_ids)


def _borrowers() -> None:
    _create(
        "borrowers",
        _id(),
        _text("reference", 64),
        _text("full_name"),
        _text("given_name"),
        _text("language", 16),
        _text("timezone", 64),
        _text("jurisdiction", 16),
        _text("country", 2),
        _text("second_fact_kind", 32, null=True),
        _text("second_fact_digest", 128, null=True),
        _unique("borrowers", "reference"),
        _check(
            "borrowers",
            "second_fact",
            "(second_fact_kind IS NULL) = (second_fact_digest IS NULL)",
        ),
    )
    _create(
        "contact_points",
        _id(),
        _col("borrower_id", KEY),
        _text("kind", 16),
        _text("value"),
        _col("verified_at", INSTANT, null=True),
        _col("reachable", sa.Boolean()),
        _to("contact_points", "borrower_id", "borrowers.id"),
        _unique("contact_points", "borrower_id", "kind", "value"),
        _one_of("contact_points", "kind", "telegram phone email web"),
    )
    _index("contact_points", "kind", "value")


def _accounts() -> None:
    _create(
        "accounts",
        _id(),
        _col("borrower_id", KEY),
        _text("reference", 64),
        _text("product", 32),
        _text("currency", 3),
        _text("status", 16),
        _col("opened_on", sa.Date()),
        _col("terms", DOCUMENT),
        _to("accounts", "borrower_id", "borrowers.id"),
        _unique("accounts", "reference"),
        _unique("accounts", "id", "currency"),
        _one_of("accounts", "product", "instalment_loan credit_card"),
        _one_of("accounts", "status", "active settled written_off"),
        _currency("accounts"),
    )
    _index("accounts", "borrower_id")
    _create("feeds", _text("name", 64), _col("watermark", INSTANT), keyed_by="name")


def _schedules() -> None:
    _create(
        "schedules",
        _id(),
        _col("account_id", KEY),
        _col("version", sa.Integer()),
        _text("reason"),
        _col("created_at", INSTANT),
        _to("schedules", "account_id", "accounts.id"),
        _unique("schedules", "account_id", "version"),
        _check("schedules", "version", "version >= 1"),
    )
    _create(
        "instalments",
        _id(),
        _col("schedule_id", KEY),
        _col("number", sa.Integer()),
        _col("due_on", sa.Date()),
        _text("currency", 3),
        _col("principal_minor", sa.BigInteger()),
        _col("interest_minor", sa.BigInteger()),
        _to("instalments", "schedule_id", "schedules.id"),
        _unique("instalments", "schedule_id", "number"),
        _check(
            "instalments",
            "amounts",
            "number >= 1 AND principal_minor >= 0 AND interest_minor >= 0",
        ),
        _currency("instalments"),
    )


def _statements() -> None:
    _create(
        "statements",
        _id(),
        _col("account_id", KEY),
        _col("number", sa.Integer()),
        _col("closed_on", sa.Date()),
        _col("due_on", sa.Date()),
        _text("currency", 3),
        _col("balance_minor", sa.BigInteger()),
        _col("minimum_due_minor", sa.BigInteger()),
        _to_account("statements"),
        _unique("statements", "account_id", "number"),
        _check("statements", "due_on", "due_on >= closed_on"),
        _check("statements", "amounts", "number >= 1 AND minimum_due_minor >= 0"),
    )


def _payments() -> None:
    _create(
        "payments",
        _id(),
        _col("account_id", KEY),
        _text("currency", 3),
        _col("amount_minor", sa.BigInteger()),
        _text("status", 16),
        _text("method", 32),
        _col("initiated_on", sa.Date()),
        _col("settled_on", sa.Date(), null=True),
        _text("external_key", 128),
        _to_account("payments"),
        _unique("payments", "external_key"),
        _one_of("payments", "status", "pending settled failed reversed"),
        _check("payments", "amount", "amount_minor > 0"),
        _check("payments", "settled_on", "status <> 'settled' OR settled_on IS NOT NULL"),
    )
    _index("payments", "account_id")


def _ledger() -> None:
    components = ("principal", "interest", "fee", "penalty", "credit")
    _create(
        "ledger_entries",
        _id(),
        _col("account_id", KEY),
        _text("currency", 3),
        _text("kind", 16),
        _col("effective_on", sa.Date()),
        _col("booked_at", INSTANT),
        _text("idempotency_key", 160),
        *(_col(f"{component}_minor", sa.BigInteger()) for component in components),
        _col("reverses", KEY, null=True),
        _col("payment_id", KEY, null=True),
        _to_account("ledger_entries"),
        _to("ledger_entries", "reverses", "ledger_entries.id"),
        _to("ledger_entries", "payment_id", "payments.id"),
        _unique("ledger_entries", "account_id", "idempotency_key"),
        _one_of(
            "ledger_entries",
            "kind",
            "disbursement purchase repayment interest fee penalty waiver capitalisation"
            " reversal chargeback refund write_off recovery",
        ),
        _check("ledger_entries", "reverses", "(kind = 'reversal') = (reverses IS NOT NULL)"),
        keep_ids=True,
    )
    _index("ledger_entries", "payment_id")


def _conversations() -> None:
    _create(
        "conversations",
        _text("id", 64),
        _text("channel", 16),
        _text("address"),
        _col("is_private", sa.Boolean()),
        _text("language", 16),
        _col("language_chosen", sa.Boolean()),
        _text("identity_stage", 16),
        _col("borrower_id", KEY, null=True),
        _col("identity_tries", sa.Integer()),
        _col("identity_expires_at", INSTANT, null=True),
        _col("identity_locked_until", INSTANT, null=True),
        _text("control_owner", 16),
        _col("control_epoch", sa.Integer()),
        _text("control_staff", 128, null=True),
        _col("unclear_turns", sa.Integer()),
        _col("reachable", sa.Boolean()),
        _col("greeted", sa.Boolean()),
        _col("opened_at", INSTANT),
        _col("last_inbound_at", INSTANT, null=True),
        _to("conversations", "borrower_id", "borrowers.id"),
        _unique("conversations", "channel", "address"),
        _one_of("conversations", "identity_stage", "unknown linked verified locked"),
        _one_of("conversations", "control_owner", "bot queued human closed"),
        _check("conversations", "control_epoch", "control_epoch >= 0"),
    )
    _index("conversations", "borrower_id")


def _messages() -> None:
    _create(
        "messages",
        _id(),
        _text("conversation_id", 64),
        _text("author", 16),
        _text("kind", 16),
        _text("text"),
        _col("at", INSTANT),
        _text("update_key", 255, null=True),
        _col("handled_at", INSTANT, null=True),
        _col("answers", KEY, null=True),
        _col("epoch", sa.Integer(), null=True),
        _text("delivery", 16, null=True),
        _text("delivery_error", null=True),
        _text("channel_message_id", 255, null=True),
        _col("buttons", DOCUMENT),
        _col("url_buttons", DOCUMENT),
        _col("picture", sa.LargeBinary(), null=True),
        _text("picture_alt", null=True),
        _to("messages", "conversation_id", "conversations.id"),
        _to("messages", "answers", "messages.id"),
        _unique("messages", "conversation_id", "update_key"),
        _one_of("messages", "author", "borrower bot staff"),
        _one_of("messages", "delivery", "sending sent failed unconfirmed"),
        _check(
            "messages",
            "direction",
            "(author = 'borrower') = (update_key IS NOT NULL)"
            " AND (author = 'borrower') = (delivery IS NULL)"
            " AND (author = 'borrower') = (epoch IS NULL)",
        ),
        keep_ids=True,
    )
    _index("messages", "answers")
    _index("messages", "conversation_id", "id")
    _partial(
        "ix_messages_unhandled", "messages", ["id"], "author = 'borrower' AND handled_at IS NULL"
    )


def _identity() -> None:
    _create(
        "identity_attempts",
        _id(),
        _col("borrower_id", KEY, null=True),
        _text("conversation_id", 64),
        _text("kind", 16),
        _col("succeeded", sa.Boolean()),
        _col("at", INSTANT),
        _to("identity_attempts", "borrower_id", "borrowers.id"),
        _to("identity_attempts", "conversation_id", "conversations.id"),
        _one_of("identity_attempts", "kind", "token second_fact"),
    )
    _index("identity_attempts", "borrower_id", "at")
    _index("identity_attempts", "conversation_id", "kind", "at")
    _create(
        "link_tokens",
        _text("token_hash", 64),
        _col("borrower_id", KEY),
        _col("created_at", INSTANT),
        _col("expires_at", INSTANT),
        _col("used_at", INSTANT, null=True),
        _to("link_tokens", "borrower_id", "borrowers.id"),
        _check("link_tokens", "token_hash", "length(token_hash) = 64"),
        keyed_by="token_hash",
    )
    _index("link_tokens", "borrower_id")


def _escalations() -> None:
    _create(
        "escalations",
        _id(),
        _text("conversation_id", 64),
        _col("borrower_id", KEY, null=True),
        _text("reason", 64),
        _col("priority", sa.Integer()),
        _col("opened_at", INSTANT),
        _col("packet", DOCUMENT),
        _text("claimed_by", 128, null=True),
        _col("claimed_at", INSTANT, null=True),
        _col("lease_until", INSTANT, null=True),
        _col("first_reply_at", INSTANT, null=True),
        _col("resolved_at", INSTANT, null=True),
        _text("outcome", 64, null=True),
        _col("returned_at", INSTANT, null=True),
        _to("escalations", "conversation_id", "conversations.id"),
        _to("escalations", "borrower_id", "borrowers.id"),
        _check("escalations", "priority", "priority >= 0"),
    )
    _index("escalations", "borrower_id")
    is_open = "resolved_at IS NULL"
    _partial("ix_escalations_queue", "escalations", ["priority", "opened_at"], is_open)
    _partial(
        "uq_escalations_open", "escalations", ["conversation_id", "reason"], is_open, unique=True
    )


def _contact() -> None:
    _create(
        "contact_decisions",
        _id(),
        _text("conversation_id", 64),
        _col("borrower_id", KEY, null=True),
        _text("channel", 16),
        _text("purpose", 32),
        _col("at", INSTANT),
        _col("inputs", DOCUMENT),
        _text("outcome", 16),
        _col("rules", DOCUMENT),
        _col("until", INSTANT, null=True),
        _text("gate_version", 64),
        _col("message_id", KEY, null=True),
        _to("contact_decisions", "conversation_id", "conversations.id"),
        _to("contact_decisions", "borrower_id", "borrowers.id"),
        _to("contact_decisions", "message_id", "messages.id"),
        _one_of("contact_decisions", "outcome", "allow delay block"),
        _check("contact_decisions", "until", "until IS NULL OR outcome = 'delay'"),
    )
    _index("contact_decisions", "borrower_id", "at")
    _index("contact_decisions", "conversation_id", "at")
    _index("contact_decisions", "message_id")
    _create(
        "opt_outs",
        _id(),
        _text("channel", 16),
        _text("address"),
        _col("borrower_id", KEY, null=True),
        _col("at", INSTANT),
        _text("via"),
        _col("lifted_at", INSTANT, null=True),
        _to("opt_outs", "borrower_id", "borrowers.id"),
    )
    _index("opt_outs", "borrower_id")
    _index("opt_outs", "channel", "address")


def _audit() -> None:
    _create(
        "audit",
        _id(),
        _col("at", INSTANT),
        _text("actor"),
        _text("event"),
        _text("subject"),
        _col("details", DOCUMENT),
        _text("prev_hash", 64),
        _text("hash", 64),
        _unique("audit", "prev_hash"),
        _unique("audit", "hash"),
        keep_ids=True,
    )


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION tideover_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION tideover_append_only()"
    )
