"""Keep the statements of cards whose books are kept here, so that reminders of them are planned.

Interest and statements of such accounts are worked out when they are asked for; the planner reads
rows. Only cards whose next statement may have closed are looked at, each in its own transaction.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import exists, func, or_, select

from lending.bookkeeping import bring_up_to_date
from lending.dates import local_day
from lending.errors import TideoverError
from lending.ids import AccountId
from store.db import Database
from store.repositories_books import SqlBooks
from store.tables import AccountRow, BorrowerRow, PostingRow, StatementRow

log = structlog.get_logger(__name__)

_SHORTEST_MONTH = timedelta(days=27)
"""A statement closes at least so many days after the one before it."""


def keep_statements(database: Database, now: datetime) -> int:
    """Book what is due and keep what has closed; how many cards were looked at.

    A card that cannot be brought up to date is logged and left; the others go on.
    """
    done = 0
    for account_id, zone in _waiting(database, now):
        try:
            with database.session() as session:
                yesterday = local_day(now, zone) - timedelta(days=1)
                bring_up_to_date(
                    SqlBooks(session), AccountId(account_id), through=yesterday, now=now
                )
                session.commit()
            done += 1
        except TideoverError as error:
            log.error("statements.failed", account=account_id, error=type(error).__name__)
    return done


def _waiting(database: Database, now: datetime) -> list[tuple[int, str]]:
    account, statement = AccountRow, StatementRow
    newest = (
        select(func.max(statement.closed_on))
        .where(statement.account_id == account.id)
        .scalar_subquery()
    )
    query = (
        select(account.id, BorrowerRow.timezone)
        .join(BorrowerRow, BorrowerRow.id == account.borrower_id)
        .where(
            account.product == "credit_card",
            account.status == "active",
            exists().where(PostingRow.account_id == account.id),
            or_(newest.is_(None), newest < now.date() - _SHORTEST_MONTH),
        )
        .order_by(account.id)
    )
    with database.session() as session:
        return [(key, zone) for key, zone in session.execute(query)]
