"""Cure and roll rates: accounts by class of lateness then and now, counted one account at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.ports import Store, UnitOfWork
from console.web.runs import Step
from lending.dates import local_day
from lending.delinquency import DEFAULT_TABLE
from lending.errors import LendingError
from lending.ids import AccountId
from lending.position import position_of

MOST_ACCOUNTS = 2_000
"""Of a larger portfolio so many accounts are looked at, evenly chosen; the page says so."""

_BUCKETS = tuple(bucket.name for bucket in DEFAULT_TABLE.buckets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrears:
    """Accounts by bucket then and now: who got better (cured), who worse (rolled)."""

    buckets: tuple[str, ...]
    moves: tuple[tuple[int, ...], ...]
    unreadable: int

    @property
    def accounts(self) -> int:
        return sum(map(sum, self.moves))

    @property
    def cure(self) -> float | None:
        """Of accounts that were late then: not late now."""
        late = sum(sum(row) for row in self.moves[1:])
        return _share(sum(row[0] for row in self.moves[1:]), late)

    @property
    def roll(self) -> float | None:
        """Of accounts that were late then: in a worse bucket now."""
        late = sum(sum(row) for row in self.moves[1:])
        worse = sum(sum(row[place + 1 :]) for place, row in enumerate(self.moves) if place)
        return _share(worse, late)

    @property
    def newly_late(self) -> float | None:
        return _share(sum(self.moves[0][1:]), sum(self.moves[0]))


def count_arrears(store: Store, now: datetime, days: int) -> Iterator[Step[Arrears]]:
    """Active accounts on their borrower's day, and `days` before, as known now."""
    moves = [[0] * len(_BUCKETS) for _ in _BUCKETS]
    unreadable = 0
    with store.unit() as uow:
        accounts = uow.console.active_accounts(MOST_ACCOUNTS)
    for done, account_id in enumerate(accounts):
        yield Step(done, len(accounts), _sum(moves, unreadable))
        try:
            with store.unit() as uow:
                move = _move(uow, account_id, now, days)
        except LendingError:
            unreadable += 1
            continue
        if move is not None:
            then, today = move
            moves[then][today] += 1
    yield Step(len(accounts), len(accounts), _sum(moves, unreadable))


def _move(
    uow: UnitOfWork, account_id: AccountId, now: datetime, days: int
) -> tuple[int, int] | None:
    """The places of its bucket then and now; None if it was not open then."""
    file = uow.accounts.file(account_id)
    today = local_day(now, uow.borrowers.get(file.account.borrower_id).timezone)
    before = today - timedelta(days=days)
    if file.account.opened_on > before:
        return None
    then, at_last = (position_of(file, day).bucket for day in (before, today))
    return _BUCKETS.index(then), _BUCKETS.index(at_last)


def _sum(moves: list[list[int]], unreadable: int) -> Arrears:
    return Arrears(
        buckets=_BUCKETS, moves=tuple(tuple(row) for row in moves), unreadable=unreadable
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
