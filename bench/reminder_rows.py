"""A portfolio to be reminded, made in sets inside the database: one loan, chat and borrower each."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from lending.money import Money
from lending.terms import LoanTerms, Method
from store.db import Database
from store.tables import AccountRow, BorrowerRow
from store.terms import terms_to_json

TODAY = date(2026, 11, 18)
NOW = datetime(2026, 11, 18, 22, 5, tzinfo=UTC)
"""17:05 in New York and 16:05 in Chicago: every planned minute of the day has passed."""

INSTALMENTS = 12
AMOUNT = 10_000
PAID_EVERY = 10
"""Of so many accounts one has missed its last payment; the others paid all that was due."""

_ZONES = ("America/New_York", "America/Chicago")


def make_portfolio(database: Database, accounts: int) -> None:
    """Loans of 12 monthly instalments, due days spread over a month, six to seven of them past."""
    is_sqlite = database.engine.dialect.name == "sqlite"
    zones = " ".join(f"WHEN {n} THEN '{zone}'" for n, zone in enumerate(_ZONES))
    with database.engine.begin() as connection:
        run = lambda statement, **values: connection.execute(text(statement), values)  # noqa: E731
        # One row through the tables' own types shows how the others must look.
        connection.execute(insert(BorrowerRow).values(_borrower()))
        connection.execute(insert(AccountRow).values(_account()))
        run("DROP TABLE IF EXISTS bench_numbers")
        run(f"CREATE TABLE bench_numbers AS {_numbers(is_sqlite)}", last=accounts)
        run(
            f"""INSERT INTO borrowers (id, reference, full_name, given_name, language, timezone,
                                       jurisdiction, country)
            SELECT n, 'B-' || n, 'Ann ' || n, 'Ann', 'en', CASE n % 2 {zones} END, 'US', 'US'
            FROM bench_numbers WHERE n > 1"""
        )
        run(
            """INSERT INTO accounts (id, borrower_id, reference, product, currency, status,
                                     opened_on, terms)
            SELECT n, n, 'PL-' || n, product, currency, status, opened_on, terms
            FROM bench_numbers, accounts WHERE n > 1 AND accounts.id = 1"""
        )
        run(
            """INSERT INTO schedules (id, account_id, version, reason, created_at)
            SELECT n, n, 1, 'bench', :now FROM bench_numbers""",
            now=_moment(is_sqlite),
        )
        run(
            f"""INSERT INTO instalments (schedule_id, number, due_on, currency, principal_minor,
                    interest_minor, principal_to_date_minor, interest_to_date_minor)
            SELECT n, i, {_due(is_sqlite)}, 'USD', {AMOUNT}, 0, {AMOUNT} * i, 0
            FROM bench_numbers, (SELECT n AS i FROM bench_numbers WHERE n <= {INSTALMENTS}) AS rows
            ORDER BY n, i"""  # as in service: the rows of a schedule are written together
        )
        run(
            f"""INSERT INTO ledger_entries (account_id, currency, kind, effective_on, booked_at,
                    idempotency_key, principal_minor, interest_minor, fee_minor, penalty_minor,
                    credit_minor)
            SELECT s.account_id, 'USD', 'repayment', i.due_on, :now, 'paid:' || i.number,
                   -{AMOUNT}, 0, 0, 0, 0
            FROM instalments i JOIN schedules s ON s.id = i.schedule_id
            WHERE i.due_on < :today
              AND (s.account_id % {PAID_EVERY} <> 0 OR i.due_on < :month_ago)""",
            now=_moment(is_sqlite),
            today=_day(TODAY, is_sqlite),
            month_ago=_day(TODAY - timedelta(days=30), is_sqlite),
        )
        run(
            """INSERT INTO conversations (id, channel, address, address_index, is_private, language,
                    language_chosen, identity_stage, borrower_id, identity_tries,
                    identity_expires_at, control_owner, control_epoch, unclear_turns, reachable,
                    greeted, opened_at)
            SELECT 'telegram-' || n, 'telegram', CAST(n AS TEXT), CAST(n AS TEXT), :yes, 'en', :no, 'verified', n, 0,
                   :now, 'bot', 0, 0, :yes, :yes, :now FROM bench_numbers""",
            now=_moment(is_sqlite),
            yes=True,
            no=False,
        )
        run("DROP TABLE bench_numbers")
    settle(database)


def settle(database: Database) -> None:
    """Statistics as a database in service has them, and sequences after the ids used."""
    if database.engine.dialect.name == "sqlite":
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
        return
    with database.engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in ("borrowers", "accounts", "schedules"):
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"
                f" (SELECT max(id) FROM {table}))"
            )
        connection.exec_driver_sql("VACUUM ANALYZE")


def _numbers(is_sqlite: bool) -> str:
    if is_sqlite:
        return (
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers"
            " WHERE n < :last) SELECT n FROM numbers"
        )
    return "SELECT n FROM generate_series(1, CAST(:last AS integer)) AS n"


def _due(is_sqlite: bool) -> str:
    """Row 7 of the accounts falls due from 15 days before today to 14 after, a thirtieth each."""
    first = TODAY - timedelta(days=15)
    if is_sqlite:
        return f"date('{first}', printf('%+d days', n % 30 + 30 * (i - 7)))"
    return f"DATE '{first}' + CAST(n % 30 + 30 * (i - 7) AS integer)"


def _day(day: date, is_sqlite: bool) -> Any:
    return day.isoformat() if is_sqlite else day


def _moment(is_sqlite: bool) -> Any:
    past = NOW - timedelta(days=200)
    return past.strftime("%Y-%m-%d %H:%M:%S.%f") if is_sqlite else past


def _borrower() -> dict[str, Any]:
    values = {"id": 1, "reference": "B-1", "full_name": "Ann 1", "given_name": "Ann"}
    return values | {
        "language": "en", "timezone": _ZONES[1], "jurisdiction": "US", "country": "US",
    }  # fmt: skip


def _account() -> dict[str, Any]:
    terms = LoanTerms(
        principal=Money(AMOUNT * INSTALMENTS, "USD"),
        annual_rate_bp=0,
        instalments=INSTALMENTS,
        first_due_on=TODAY,
        method=Method.EQUAL_PRINCIPAL,
        disbursed_on=TODAY - timedelta(days=31),
    )
    return {
        "id": 1, "borrower_id": 1, "reference": "PL-1", "product": "instalment_loan",
        "currency": "USD", "status": "active", "opened_on": TODAY - timedelta(days=300),
        "terms": terms_to_json(terms),
    }  # fmt: skip
