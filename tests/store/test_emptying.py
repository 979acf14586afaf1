"""A test database on PostgreSQL that served one test is as new for the next, or thrown away."""

from __future__ import annotations

from sqlalchemy import make_url, text

from store.db import Database
from tests.emptying import Shelf
from tests.store.rows import add_borrower


def test_it_comes_back_without_rows_and_counts_from_one(postgresql_database_url: str) -> None:
    address, shelf = make_url(postgresql_database_url), Shelf()
    shelf.learn(address)
    database = Database(postgresql_database_url)
    first = add_borrower(database)
    assert shelf.put(address)
    assert shelf.take() == address.database
    assert shelf.take() is None
    database.close()  # its connections were ended, too
    assert add_borrower(database) == first
    assert database.is_current()
    database.close()


def test_it_is_not_kept_if_more_than_rows_was_changed(postgresql_database_url: str) -> None:
    address, shelf = make_url(postgresql_database_url), Shelf()
    shelf.learn(address)
    database = Database(postgresql_database_url)
    with database.session() as session:
        session.execute(text("ALTER TABLE ledger_entries DISABLE TRIGGER USER"))
        session.commit()
    database.close()
    assert not shelf.put(address)
    assert shelf.take() is None
