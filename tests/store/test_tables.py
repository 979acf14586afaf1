"""What the tables themselves refuse, whoever writes to them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect, insert, make_url, text
from sqlalchemy.exc import DBAPIError

from bot.conversation import Identity
from lending.ids import BorrowerId
from store.columns import UtcInstant, storable
from store.db import Database
from store.errors import ChangeRefused, NaiveInstant
from store.tables import FeedRow, LedgerEntryRow, PaymentRow, StatementRow
from tests.store.rows import NOON, add_account, add_borrower, add_chat, conversation

DIALECTS: tuple[Dialect, ...] = tuple(
    make_url(url).get_dialect()() for url in ("sqlite://", "postgresql+psycopg://")
)


def entry(account_id: int, key: str) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "currency": "GBP",
        "kind": "purchase",
        "effective_on": date(2026, 1, 2),
        "booked_at": NOON,
        "idempotency_key": key,
        "principal_minor": 100,
        "interest_minor": 0,
        "fee_minor": 0,
        "penalty_minor": 0,
        "credit_minor": 0,
    }


def add_entry(database: Database, account: int, key: str = "e1", **changes: Any) -> int:
    with database.session() as session:
        added = session.execute(
            insert(LedgerEntryRow)
            .values(**entry(account, key) | changes)
            .returning(LedgerEntryRow.id)
        ).scalar_one()
        session.commit()
    return added


@pytest.fixture
def account(database: Database) -> int:
    return add_account(database, add_borrower(database))


class TestAppendOnly:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE ledger_entries SET principal_minor = 1",
            "DELETE FROM ledger_entries",
            "INSERT OR REPLACE INTO ledger_entries SELECT * FROM ledger_entries",
            "TRUNCATE ledger_entries CASCADE",
            "UPDATE audit SET actor = 'nobody'",
            "DELETE FROM audit",
        ],
    )
    def test_a_change_is_refused(self, database: Database, account: int, statement: str) -> None:
        only = {"INSERT OR REPLACE": "sqlite", "TRUNCATE": "postgresql"}
        for start, dialect in only.items():
            if statement.startswith(start) and database.engine.dialect.name != dialect:
                pytest.skip(f"only {dialect} knows this statement")
        add_entry(database, account)
        with database.unit() as uow:
            uow.audit.append(at=NOON, actor="bot", event="e", subject="s", details={})
            uow.commit()
        with (
            pytest.raises(DBAPIError, match="append-only"),
            database.engine.begin() as connection,
        ):
            connection.execute(text(statement))
        with database.engine.connect() as connection:
            assert connection.scalar(text("SELECT principal_minor FROM ledger_entries")) == 100
            assert connection.scalar(text("SELECT actor FROM audit")) == "bot"

    def test_a_forged_audit_row_shows(self, database: Database) -> None:
        for n in range(3):
            with database.unit() as uow:
                uow.audit.append(at=NOON, actor="bot", event="e", subject=str(n), details={})
                uow.commit()
        is_sqlite = database.engine.dialect.name == "sqlite"
        with database.engine.begin() as connection:
            for trigger in (
                ("DROP TRIGGER audit_no_update",)
                if is_sqlite
                else ("ALTER TABLE audit DISABLE TRIGGER audit_append_only",)
            ):
                connection.execute(text(trigger))
            connection.execute(text("UPDATE audit SET subject = '9' WHERE subject = '1'"))
            forged = connection.scalar(text("SELECT id FROM audit WHERE subject = '9'"))
        with database.unit() as uow:
            assert uow.audit.verify() == forged


class TestLedger:
    def test_a_key_books_once_for_each_account(self, database: Database, account: int) -> None:
        add_entry(database, account)
        with pytest.raises(ChangeRefused):
            add_entry(database, account)
        other = add_account(database, add_borrower(database, "NB-2"), "PL-2")
        assert add_entry(database, other)

    def test_an_entry_is_reversed_once(self, database: Database, account: int) -> None:
        booked = add_entry(database, account)
        add_entry(database, account, "r1", kind="reversal", principal_minor=-100, reverses=booked)
        with pytest.raises(ChangeRefused):
            add_entry(
                database, account, "r2", kind="reversal", principal_minor=-100, reverses=booked
            )

    @pytest.mark.parametrize(
        "changes",
        [
            {"kind": "gift"},
            {"kind": "reversal"},
            {"currency": "USD"},
            {"currency": "gbp"},
            {"payment_id": 12345},
            {"account_id": 12345},
        ],
    )
    def test_nonsense_is_refused(
        self, database: Database, account: int, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(ChangeRefused):
            add_entry(database, account, **changes)

    def test_large_amounts_are_exact(self, database: Database, account: int) -> None:
        large = 2**62 + 1
        key = add_entry(database, account, principal_minor=large)
        with database.engine.connect() as connection:
            kept = connection.scalar(
                text("SELECT principal_minor FROM ledger_entries WHERE id = :id"), {"id": key}
            )
        assert kept == large


class TestMoneyRows:
    def test_a_payment_is_positive_and_known_once(self, database: Database, account: int) -> None:
        payment = {
            "account_id": account,
            "currency": "GBP",
            "amount_minor": 500,
            "status": "pending",
            "method": "debit_card",
            "initiated_on": date(2026, 1, 2),
            "external_key": "psp-1",
        }
        with database.session() as session:
            session.execute(insert(PaymentRow).values(**payment))
            session.commit()
        for wrong in (
            {},
            {"external_key": "psp-2", "amount_minor": 0},
            {"external_key": "psp-3", "status": "settled"},
            {"external_key": "psp-4", "currency": "EUR"},
        ):
            with pytest.raises(ChangeRefused), database.session() as session:
                session.execute(insert(PaymentRow).values(**payment | wrong))

    def test_a_statement_is_due_after_it_closes(self, database: Database, account: int) -> None:
        with pytest.raises(ChangeRefused), database.session() as session:
            session.execute(
                insert(StatementRow).values(
                    account_id=account,
                    number=1,
                    closed_on=date(2026, 1, 2),
                    due_on=date(2026, 1, 1),
                    currency="GBP",
                    balance_minor=1,
                    minimum_due_minor=1,
                )
            )


def test_a_refusal_names_the_rule_and_no_data(database: Database) -> None:
    add_borrower(database, "NB-SECRET")
    with pytest.raises(ChangeRefused) as refused:
        add_borrower(database, "NB-SECRET")
    assert "reference" in str(refused.value)
    assert "SECRET" not in str(refused.value)


def test_a_conversation_cannot_point_to_nobody(database: Database) -> None:
    with pytest.raises(ChangeRefused):
        add_chat(database, conversation(identity=Identity(borrower_id=BorrowerId(404))))


@pytest.mark.parametrize(
    "watermark",
    [
        datetime(1900, 1, 1, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, 0, 999_999, tzinfo=UTC),
        datetime(2026, 6, 1, 0, 5, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
    ],
)
def test_instants_are_exact_to_the_microsecond(database: Database, watermark: datetime) -> None:
    with database.session() as session:
        session.execute(insert(FeedRow).values(name="f", watermark=watermark))
        session.commit()
    with database.session() as session:
        kept = session.get_one(FeedRow, "f").watermark
    assert kept == watermark
    assert kept.utcoffset() == timedelta(0)


@given(
    st.datetimes(
        min_value=datetime(1970, 1, 2),
        max_value=datetime(2200, 1, 1),
        timezones=st.timezones(),
    )
)
def test_an_instant_survives_both_dialects(instant: datetime) -> None:
    column = UtcInstant()
    for dialect in DIALECTS:
        bound = column.process_bind_param(instant, dialect)
        back = column.process_result_value(bound, dialect)
        assert back == instant.astimezone(UTC)
        assert back is not None
        assert back.tzinfo is UTC


@given(st.datetimes())
def test_a_naive_instant_never_passes(naive: datetime) -> None:
    for dialect in DIALECTS:
        with pytest.raises(NaiveInstant):
            UtcInstant().process_bind_param(naive, dialect)


@given(st.text(st.characters()))
def test_storable_text_can_be_encoded_and_stays_if_it_could_be(given_text: str) -> None:
    kept = storable(given_text)
    kept.encode("utf-8")
    assert "\x00" not in kept
    assert storable(kept) == kept
