"""Databases for the bench of the ledger, and rows in them, loaded as fast as each database can."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, insert, make_url, text

from store.db import Database
from store.tables import AccountRow, BorrowerRow, LedgerEntryRow

OPENED_ON = date(2021, 1, 4)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
_CHUNK = 50_000
_COLUMNS = (
    *("account_id", "currency", "kind", "effective_on", "booked_at", "idempotency_key", "origin"),
    *("principal_minor", "interest_minor", "fee_minor", "penalty_minor", "credit_minor"),
)


@contextmanager
def sqlite_database(folder: Path) -> Iterator[str]:
    """The address of a new SQLite file with tables; gone after the block."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        url = f"sqlite:///{place}/ledger.db"
        _migrate(url)
        yield url


@contextmanager
def postgresql_database(server: str) -> Iterator[str]:
    """The address of a new database with tables on the server; dropped after the block."""
    address = make_url(server).set(drivername="postgresql+psycopg")
    name = f"tideover_bench_{uuid.uuid4().hex[:12]}"
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        url = address.set(database=name).render_as_string(hide_password=False)
        _migrate(url)
        yield url
    finally:
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        engine.dispose()


def _migrate(url: str) -> None:
    database = Database(url)
    database.migrate()
    database.close()


def add_borrower(database: Database) -> int:
    values = {"reference": "BENCH", "full_name": "B", "given_name": "B", "language": "en"}
    values |= {"timezone": "UTC", "jurisdiction": "US", "country": "US"}
    with database.engine.begin() as connection:
        return int(
            connection.execute(
                insert(BorrowerRow).values(values).returning(BorrowerRow.id)
            ).scalar_one()
        )


def add_accounts(
    database: Database, borrower: int, references: list[str], terms: dict[str, Any]
) -> list[int]:
    """Active loans in USD without entries; their ids."""
    shared = {"borrower_id": borrower, "product": "instalment_loan", "currency": "USD"}
    shared |= {"status": "active", "opened_on": OPENED_ON, "terms": terms}
    statement = insert(AccountRow).returning(AccountRow.id, sort_by_parameter_order=True)
    with database.engine.begin() as connection:
        return [
            int(found)
            for found in connection.scalars(
                statement, [{**shared, "reference": reference} for reference in references]
            )
        ]


def add_entries(
    database: Database, accounts: list[int], entries: int, on_progress: Callable[[int], None]
) -> None:
    """So many entries of each account, in the order of time: an account's rows lie far apart."""
    add = _copy if database.engine.dialect.name == "postgresql" else _insert
    rows = (_entry(account, number) for number in range(entries) for account in accounts)
    while chunk := list(islice(rows, _CHUNK)):
        add(database, chunk)
        on_progress(len(chunk))
    _settle(database)


def _entry(account: int, number: int) -> tuple[Any, ...]:
    """The first is the money lent; then interest and payment take turns, a month for each pair."""
    on = OPENED_ON + timedelta(days=30 * ((number + 1) // 2))
    if number == 0:
        kind, key, principal, interest = "disbursement", "lent", 1_000_000 + account, 0
    elif number % 2:
        kind, key, principal, interest = "interest", f"interest:1:{number // 2 + 1}", 0, 2_345
    else:
        kind, key = "repayment", f"payment:bank-{account:09}-{number // 2}"
        principal, interest = -(10_000 + account % 997), -2_345
    head = (account, "USD", kind, on, NOW, key, key)
    return (*head, principal, interest, 0, 0, 0)


def _insert(database: Database, rows: list[tuple[Any, ...]]) -> None:
    values = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
    with database.engine.begin() as connection:
        connection.execute(insert(LedgerEntryRow), values)


def _copy(database: Database, rows: list[tuple[Any, ...]]) -> None:
    raw = database.engine.raw_connection()
    try:
        with raw.cursor() as cursor:
            names = ", ".join(_COLUMNS)
            with cursor.copy(f"COPY ledger_entries ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        raw.commit()
    finally:
        raw.close()


def _settle(database: Database) -> None:
    """Statistics as a database in service has them, so that no run waits for housekeeping."""
    statement = "VACUUM ANALYZE" if database.engine.dialect.name == "postgresql" else "ANALYZE"
    with database.engine.connect() as connection:
        if statement == "ANALYZE":
            connection.exec_driver_sql(statement)
            connection.commit()
            return
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(statement)
