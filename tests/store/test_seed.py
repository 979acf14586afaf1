"""Seeding writes the demo portfolio once, exactly, and fast."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event, func, insert, select

from lending.ids import AccountId
from store.db import Database
from store.demo_portfolio import demo_portfolio
from store.seed import DEMO_FEED, Seeded, seed_demo
from store.tables import BorrowerRow, ContactPointRow, FeedRow, PaymentRow
from tests.store.rows import add_borrower

NOW = datetime(2026, 3, 2, 20, 15, tzinfo=UTC)
TODAY = date(2026, 3, 2)


def digest(reference: str, kind: str, value: str) -> str:
    return hashlib.sha256(f"{reference}/{kind}/{value}".encode()).hexdigest()


def seed(database: Database) -> Seeded:
    return seed_demo(database, today=TODAY, now=NOW, digest=digest)


def test_what_is_kept_is_what_was_invented(database: Database) -> None:
    seeded = seed(database)
    portfolio = demo_portfolio(TODAY, NOW)
    accounts = [a for person in portfolio.borrowers for a in person.accounts]
    assert seeded == Seeded(
        is_new=True, borrowers=200, accounts=len(accounts), personas=portfolio.personas
    )
    with database.unit() as uow:
        for person in portfolio.borrowers:
            assert uow.borrowers.by_reference(person.borrower.reference) == person.borrower
            kept = {file.account.id: file for file in uow.accounts.files_of(person.borrower.id)}
            assert kept == {a.file.account.id: a.file for a in person.accounts}
    with database.session() as session:
        points = session.scalar(select(func.count()).select_from(ContactPointRow))
        assert points == sum(len(person.contact_points) for person in portfolio.borrowers)
        assert session.get_one(FeedRow, DEMO_FEED).watermark == NOW


def test_the_second_fact_is_kept_as_a_digest_only(database: Database) -> None:
    seed(database)
    with database.unit() as uow:
        ann = uow.borrowers.by_reference("NB-ANN")
        assert ann is not None
        fact = uow.borrowers.second_fact(ann.id)
    assert fact == ("birth_date", digest("NB-ANN", "birth_date", "1990-04-21"))


def test_active_accounts_come_first(database: Database) -> None:
    seed(database)
    with database.unit() as uow:
        marcus = uow.borrowers.by_reference("NB-MARCUS")
        priya = uow.borrowers.by_reference("NB-PRIYA")
        assert marcus is not None
        assert priya is not None
        references = [
            [file.account.reference for file in uow.accounts.files_of(person.id)]
            for person in (marcus, priya)
        ]
        by_reference = uow.accounts.by_reference("PL-MARCUS")
        assert by_reference is not None
        assert uow.accounts.file(AccountId(by_reference.account.id)) == by_reference
    assert references == [["PL-MARCUS", "PL-MARCUS-OLD"], ["CC-PRIYA", "PL-PRIYA"]]


def test_the_files_of_a_borrower_take_eight_queries(database: Database) -> None:
    seed(database)
    statements: list[str] = []

    def count(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    with database.unit() as uow:
        priya = uow.borrowers.by_reference("NB-PRIYA")
        assert priya is not None
        event.listen(database.engine, "before_cursor_execute", count)
        assert len(uow.accounts.files_of(priya.id)) == 2
        event.remove(database.engine, "before_cursor_execute", count)
    assert len(statements) == 8


def test_a_second_time_changes_nothing_and_says_so(database: Database) -> None:
    first = seed(database)
    again = seed(database)
    assert again == Seeded(is_new=False, borrowers=200, accounts=first.accounts, personas=())


def test_a_lender_with_borrowers_is_left_alone(database: Database) -> None:
    add_borrower(database)
    assert seed(database) == Seeded(is_new=False, borrowers=1, accounts=0, personas=())


def test_two_that_start_at_once_seed_once(database: Database) -> None:
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda _: seed(database), range(2)))
    assert sorted(outcome.is_new for outcome in outcomes) == [False, True]


def test_a_failure_leaves_nothing(database: Database) -> None:
    def fail(*_: str) -> str:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        seed_demo(database, today=TODAY, now=NOW, digest=fail)
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(BorrowerRow)) == 0


def test_new_rows_get_new_numbers_afterwards(database: Database) -> None:
    seed(database)
    assert add_borrower(database, "NB-NEW") == 201
    with database.session() as session:
        newest = session.scalar(select(func.max(PaymentRow.id))) or 0
        added = session.scalar(
            insert(PaymentRow)
            .values(
                account_id=1,
                currency="USD",
                amount_minor=1,
                status="pending",
                method="ach",
                initiated_on=TODAY,
                external_key="new",
            )
            .returning(PaymentRow.id)
        )
    assert added == newest + 1
