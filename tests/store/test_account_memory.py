"""What is remembered of account files never answers for rows that have changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import update

from lending.account_file import AccountFile
from lending.accounts import EntryKind
from lending.bookkeeping import record_posting
from lending.entries import Posting
from lending.money import Money
from lending.position import position_of
from store.account_memory import AccountMemory
from store.db import Database
from store.repositories_accounts import SqlAccounts
from store.repositories_books import SqlBooks
from store.tables import HoldRow, PaymentRow, PromiseRow
from tests.house import NOW

TODAY = NOW.date()


def files(database: Database, reference: str = "NB-ANN") -> tuple[AccountFile, ...]:
    with database.unit() as uow:
        borrower = uow.borrowers.by_reference(reference)
        assert borrower is not None
        return uow.accounts.files_of(borrower.id)


def read_anew(database: Database, file: AccountFile) -> AccountFile:
    """By a repository that remembers nothing."""
    with database.session() as session:
        return SqlAccounts(session).file(file.account.id)


def test_the_same_rows_give_the_same_file(peopled_database: Database) -> None:
    first, second = files(peopled_database), files(peopled_database)
    assert first
    assert all(one is other for one, other in zip(first, second, strict=True))
    assert first[0] == read_anew(peopled_database, first[0])
    assert position_of(first[0], TODAY) is position_of(second[0], TODAY)


def test_a_posting_of_another_process_is_seen_at_once(peopled_database: Database) -> None:
    before = files(peopled_database)[0]
    fee = Posting(
        key="fee",
        kind=EntryKind.FEE,
        effective_on=TODAY,
        amount=Money(700, before.account.currency),
    )
    other = Database(peopled_database.engine.url.render_as_string(hide_password=False))
    with other.session() as session:
        account = before.account.id
        record_posting(SqlBooks(session), account, fee, today=TODAY, now=datetime.now(UTC))
        session.commit()
    other.close()
    after = files(peopled_database)[0]
    assert after == read_anew(peopled_database, after)
    assert [posting.key for posting in after.postings if posting not in before.postings] == ["fee"]
    owed = position_of(after, TODAY).payoff.minor
    assert owed == position_of(before, TODAY).payoff.minor + 700


def test_rows_that_change_in_place_are_seen(peopled_database: Database) -> None:
    """A payment that settles, a hold that ends and a promise that is cancelled keep their ids."""
    changes = (
        update(PaymentRow).values(status="failed"),
        update(HoldRow).values(until_on=date(2020, 1, 2), from_on=date(2020, 1, 1)),
        update(PromiseRow).values(cancelled_at=NOW),
    )
    with peopled_database.unit() as uow:
        known = uow.accounts.page(after=0, limit=300)
    for change in changes:
        with peopled_database.session() as session:
            session.execute(change)
            session.commit()
        with peopled_database.unit() as uow:
            now = uow.accounts.page(after=0, limit=300)
        with peopled_database.session() as session:
            assert now == SqlAccounts(session).page(after=0, limit=300)
    assert now != known


def test_it_forgets_what_was_unused_for_longest() -> None:
    made: list[int] = []
    memory = AccountMemory(size=2)
    some = object.__new__(AccountFile)

    def ask(account: int, version: int = 0) -> None:
        def make() -> AccountFile:
            made.append(account)
            return some

        memory.file(account, (((account, version),),), make)

    for account in (1, 2, 1, 3, 1, 2):
        ask(account)
    assert made == [1, 2, 3, 2]
    ask(2, version=1)
    assert made == [1, 2, 3, 2, 2]


def test_a_position_is_of_its_own_day_and_file(peopled_database: Database) -> None:
    file = files(peopled_database)[0]
    later = date(2027, 3, 1)
    assert position_of(file, later).as_of == later
    assert position_of(file, TODAY).as_of == TODAY
    bare = replace(file, entries=(), payments=(), postings=())
    assert position_of(bare, TODAY).payoff != position_of(file, TODAY).payoff
