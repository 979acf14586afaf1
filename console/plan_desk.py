"""What the commands about plans work with: one transaction, the office, and who decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lending.dates import local_day
from lending.errors import TideoverError
from lending.plan_ports import Now
from lending.plan_records import KeptOffer, Plan, UnknownOffer

if TYPE_CHECKING:
    from bot.ports import UnitOfWork
    from bot.staff import Staff
    from lending.plan_service import PlanOffice


class NotStaff(TideoverError):
    """The sign-in name belongs to no active member of staff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDesk:
    """The database and the office, for one command."""

    uow: UnitOfWork
    office: PlanOffice

    def staff(self, login: str) -> Staff:
        """Raises NotStaff."""
        found = self.uow.staff.by_login(login)
        if found is None or not found.is_active:
            raise NotStaff(
                f"Nobody of the staff signs in as {login!r}.", hint="Look at `tideover staff list`."
            )
        return found

    def offer(self, offer_id: str) -> KeptOffer:
        kept = self.uow.plans.offer(offer_id)
        if kept is None:
            raise UnknownOffer(
                f"There is no plan, offer or account {offer_id!r}.", hint="Check the spelling."
            )
        return kept

    def plan(self, reference: str) -> Plan | None:
        found = self.uow.plans.plan(reference)
        if found is not None:
            return found
        file = self.uow.accounts.by_reference(reference)
        plans = self.uow.plans.plans_of(file.account.id) if file else ()
        return next((p for p in plans if p.ended_on is None), plans[-1] if plans else None)

    def reference(self, account_id: int) -> str:
        return self.uow.accounts.file(account_id).account.reference  # type: ignore[arg-type]

    def agree(
        self,
        decide: Callable[..., KeptOffer],
        event: str,
        offer_id: str,
        login: str,
        **given: str,
    ) -> KeptOffer:
        """Let a colleague recommend, approve or decline an offer; kept and audited.

        Raises NotStaff, UnknownOffer and what `decide` raises.
        """
        from wiring.base import utc_now

        staff, at = self.staff(login), utc_now()
        borrower = self.uow.borrowers.get(self.offer(offer_id).borrower_id)
        now = Now(today=local_day(at, borrower.timezone), at=at)
        kept = decide(
            self.uow.plans,
            offer_id,
            borrower,
            staff=staff.login,
            role=staff.role.value,
            now=now,
            **given,
        )
        self.uow.audit.append(
            at=at,
            actor=f"staff:{staff.login}",
            event=event,
            subject=f"plan_offer:{kept.id}",
            details={},
        )
        self.uow.commit()
        return kept


@contextmanager
def plan_desk() -> Iterator[PlanDesk]:
    from settings import load_settings
    from wiring.base import open_database, plan_office

    settings = load_settings()
    with closing(open_database(settings)) as database:
        database.check()
        with database.unit() as uow:
            yield PlanDesk(uow=uow, office=plan_office(settings))
