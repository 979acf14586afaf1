"""Looks ahead for an account, a borrower or the portfolio. Reads one account at a time, keeps nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.messages import Channel
from bot.ports import Clock, Store, UnitOfWork
from compliance.profile import Profile
from lending.account_file import AccountFile
from lending.errors import LendingError
from lending.ids import AccountId
from scheduler.outlook import Outlook
from scheduler.preview import Foreseen, preview
from scheduler.reminder_errand import House


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """`running` are the channels that are set; others count as no way to the borrower."""

    store: Store
    clock: Clock
    house: House
    profiles: Callable[[str], Profile]
    running: frozenset[Channel]

    def of(self, reference: str, days: int) -> tuple[Foreseen, ...] | None:
        """What happens to an account, or to all accounts of a borrower; None if unknown."""
        now = self.clock()
        with self.store.unit() as uow:
            file = uow.accounts.by_reference(reference)
            borrower = None if file else uow.borrowers.by_reference(reference)
            if file is not None:
                files: tuple[AccountFile, ...] = (file,)
            elif borrower is not None:
                files = tuple(uow.accounts.files_of(borrower.id))
            else:
                return None
            found = [one for each in files for one in self._look(uow, each, now, days)]
        return tuple(sorted(found, key=lambda one: one.at))

    def sample(self, most: int | None = None) -> tuple[AccountId, ...]:
        """Active accounts, all or no more than `most` of them, evenly from the oldest on."""
        with self.store.unit() as uow:
            return uow.console.active_accounts(most)

    def outlooks(self, accounts: tuple[AccountId, ...], days: int) -> Iterator[Outlook]:
        """The sum so far after each account, the same object each time.

        An account whose books do not add up is counted as unreadable.
        """
        now, outlook = self.clock(), Outlook()
        for account_id in accounts:
            with self.store.unit() as uow:
                try:
                    file = uow.accounts.file(account_id)
                    outlook.add(list(self._look(uow, file, now, days)))
                except LendingError:
                    outlook.unreadable += 1
            yield outlook

    def _look(
        self, uow: UnitOfWork, file: AccountFile, now: datetime, days: int
    ) -> Iterator[Foreseen]:
        return preview(
            uow,
            file,
            house=self.house,
            profiles=self.profiles,
            now=now,
            days=days,
            running=self.running,
        )
