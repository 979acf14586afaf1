"""The plans of a lender: quote, keep, accept, undo, ask staff. One object for chat, console and CLI.

`PlanOffice` knows the lender's name, its policies and how ids are made; everything else comes with
each call. How to use it (the unit of work is the caller's; nothing is kept without `uow.commit()`):

    with store.unit() as uow:
        now = Now(today=local_day(instant, borrower.timezone), at=instant)
        file = uow.accounts.file(account_id)
        wish = PlanRequest(budget=Budget(currency="USD", income=140_000))
        quoted = office.quote(uow.plans, file, borrower, wish, now=now)
        match quoted.answer.outcome:
            case PlanOutcome.OFFERS: quoted.kept      # 1 to 3 `KeptOffer`s, with ids for buttons
            case PlanOutcome.FITS_TODAY: ...          # nothing needs to change
            case PlanOutcome.NOTHING_FITS: ...        # quoted.answer.closest tells the nearest plan
            case PlanOutcome.NOT_POSSIBLE: ...        # quoted.answer.refusal tells why
        office.keep(uow.plans, quoted.kept)           # before they are shown; only these can be accepted
        uow.commit()

`quote` and `quote_relief` write nothing, so an action may call them and hand `kept_to_json` of each
offer to the effect that keeps them. Where `kept.offer.approval` is STAFF, `request` sends it to two
of the lender's staff; else `accept` books it. Every refusal is a `PlanRefused` (or another
`TideoverError`) with message and hint, and then nothing is to be committed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lending import plan_approval, plan_book, plan_change, plan_life, plan_undo
from lending.account_file import AccountFile
from lending.accounts import Account, Borrower
from lending.ids import AccountId, BorrowerId
from lending.plan_certificate import Parties
from lending.plan_json import offer_from_json, offer_to_json
from lending.plan_policy import PlanPolicy
from lending.plan_ports import Now, PlanBooks
from lending.plan_quote import PlanAnswer, PlanRequest, quote_plans, quote_relief
from lending.plan_records import Certificate, KeptOffer, OfferState, Plan, UnknownPlan
from lending.reliefs import Relief

PolicyFor = Callable[[str, str], PlanPolicy]
"""The policy for a jurisdiction (`Borrower.jurisdiction`) and a product (`Account.product`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """What was found, and its offers ready to be kept and shown, in the order of `answer.offers`."""

    answer: PlanAnswer
    kept: tuple[KeptOffer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOffice:
    """`new_id` makes random ids of 32 characters or fewer, such as `uuid.uuid4().hex`."""

    lender: str
    policy_for: PolicyFor
    new_id: Callable[[], str]

    def policy(self, borrower: Borrower, account: Account) -> PlanPolicy:
        return self.policy_for(borrower.jurisdiction, account.product.value)

    def quote(
        self,
        books: PlanBooks,
        file: AccountFile,
        borrower: Borrower,
        request: PlanRequest,
        *,
        now: Now,
    ) -> Quoted:
        """Search plans for the account; writes nothing. Raises BudgetMakesNoSense."""
        policy = self.policy(borrower, file.account)
        past = [plan.as_past for plan in books.plans_of(file.account.id)]
        answer = quote_plans(file, now.today, policy, request, past)
        kept = plan_book.to_keep(file, answer.offers, policy, new_id=self.new_id, now=now)
        return Quoted(answer=answer, kept=kept)

    def quote_relief(
        self,
        books: PlanBooks,
        file: AccountFile,
        borrower: Borrower,
        reliefs: tuple[Relief, ...],
        *,
        now: Now,
    ) -> KeptOffer:
        """The offer of these very reliefs, such as `(Deferral(10),)`; writes nothing.

        Raises PlanRefused where no plan can start, ReliefNotPossible, NoPlanCase.
        """
        policy = self.policy(borrower, file.account)
        plan_book.check_possible(books, file, policy, reliefs, now)
        offer = quote_relief(file, now.today, policy, reliefs)
        return plan_book.to_keep(file, [offer], policy, new_id=self.new_id, now=now)[0]

    def keep(self, books: PlanBooks, offers: tuple[KeptOffer, ...]) -> None:
        """Keep offers that are about to be shown. A known id is left as it is."""
        for offer in offers:
            if books.offer(offer.id) is None:
                books.add_offer(offer)

    def accept(self, books: PlanBooks, offer_id: str, borrower: Borrower, *, now: Now) -> Plan:
        """The borrower's yes: book the plan as it was shown. A second yes gives the same plan.

        Raises UnknownOffer (also for another borrower's), OfferExpired, OfferMoved (the account
        changed since), OfferNeedsApproval, OfferDeclined and PlanRefused.
        """
        return plan_book.accept(
            books,
            offer_id,
            borrower.id,
            policies=lambda account: self.policy(borrower, account),
            parties=self._parties(borrower),
            now=now,
        )

    def undo(self, books: PlanBooks, plan_id: str, borrower: Borrower, *, now: Now) -> Plan:
        """Take a plan back before its first payment. Raises UnknownPlan, TooLateToUndo, WrongState."""
        plan = self.plan(books, plan_id, borrower.id)
        account = books.locked(plan.account_id).account
        return plan_undo.undo(books, plan, policy=self.policy(borrower, account), now=now)

    def request(
        self, books: PlanBooks, offer_id: str, borrower: Borrower, *, now: Now
    ) -> KeptOffer:
        """Send an offer to the staff; reminders and late fees pause until they answer."""
        return plan_approval.request(books, offer_id, borrower.id, now=now)

    def withdraw(
        self, books: PlanBooks, offer_id: str, borrower: Borrower, *, now: Now
    ) -> KeptOffer:
        """The borrower does not want the offer any more."""
        return plan_approval.withdraw(books, offer_id, borrower.id, now=now)

    def recommend(
        self,
        books: PlanBooks,
        offer_id: str,
        borrower: Borrower,
        *,
        staff: str,
        role: str,
        note: str = "",
        now: Now,
    ) -> KeptOffer:
        """A first person of the staff supports it. Raises UnknownOffer, WrongState, MayNotAgree."""
        policy = self._policy_of(books, offer_id, borrower)
        return plan_approval.recommend(
            books, offer_id, staff=staff, role=role, policy=policy, note=note, now=now
        )

    def approve(
        self,
        books: PlanBooks,
        offer_id: str,
        borrower: Borrower,
        *,
        staff: str,
        role: str,
        now: Now,
    ) -> KeptOffer:
        """A second person agrees; the borrower is told and can accept. Raises SamePerson too."""
        policy = self._policy_of(books, offer_id, borrower)
        return plan_approval.approve(
            books,
            offer_id,
            staff=staff,
            role=role,
            policy=policy,
            parties=self._parties(borrower),
            now=now,
        )

    def decline(
        self,
        books: PlanBooks,
        offer_id: str,
        borrower: Borrower,
        *,
        staff: str,
        role: str,
        reason: str,
        now: Now,
    ) -> KeptOffer:
        """Staff say no, with a reason for their colleagues; the borrower is told."""
        policy = self._policy_of(books, offer_id, borrower)
        return plan_approval.decline(
            books, offer_id, staff=staff, role=role, policy=policy, reason=reason, now=now
        )

    def propose_change(
        self,
        books: PlanBooks,
        plan_id: str,
        borrower: Borrower,
        reliefs: tuple[Relief, ...],
        *,
        staff: str,
        role: str,
        note: str = "",
        now: Now,
    ) -> KeptOffer:
        """A colleague changes a plan in force: a recommended offer, for a second one to approve.

        Approved, it becomes a new version of the certificate that the borrower accepts with
        `accept`, as any offer; until then the version before counts.
        """
        plan = self.plan(books, plan_id, borrower.id)
        policy = self.policy(borrower, books.locked(plan.account_id).account)
        plan_approval.need_role(role, policy.first_roles)
        return plan_change.propose(
            books,
            plan,
            reliefs,
            policy=policy,
            staff=staff,
            note=note,
            new_id=self.new_id,
            now=now,
        )

    def review(
        self, books: PlanBooks, plan: Plan, borrower: Borrower, *, now: Now
    ) -> plan_life.PlanEvent:
        """Do what has become due for one plan: complete it, move a missed payment, or end it."""
        account = books.locked(plan.account_id).account
        return plan_life.follow_plan(
            books,
            plan,
            policy=self.policy(borrower, account),
            parties=self._parties(borrower),
            now=now,
        )

    def plan(self, books: PlanBooks, plan_id: str, borrower_id: BorrowerId | None) -> Plan:
        """The plan, if it is this borrower's; None is staff. Raises UnknownPlan."""
        plan = books.plan(plan_id)
        if plan is None or borrower_id not in (None, plan.borrower_id):
            raise UnknownPlan("There is no such plan.", hint="Check its number.")
        return plan

    def plan_in_force(self, books: PlanBooks, account_id: AccountId) -> Plan | None:
        """The plan that the account (or the card) is paid by now."""
        return next((p for p in books.plans_of(account_id) if p.ended_on is None), None)

    def certificate(self, books: PlanBooks, plan_id: str) -> Certificate:
        """The version that counts: the latest that was accepted. Raises UnknownPlan."""
        found = [c for c in books.certificates_of(plan_id) if c.accepted_at is not None]
        if not found:
            raise UnknownPlan("There is no such plan.", hint="Check its number.")
        return found[-1]

    def _policy_of(self, books: PlanBooks, offer_id: str, borrower: Borrower) -> PlanPolicy:
        kept = plan_book.known_offer(books, offer_id, borrower.id)
        return self.policy(borrower, books.locked(kept.account_id).account)

    def _parties(self, borrower: Borrower) -> Parties:
        return Parties(lender=self.lender, borrower=borrower.reference)


def kept_to_json(kept: KeptOffer) -> dict[str, Any]:
    """An offer that is not kept yet, as plain data for an effect."""
    return {
        "id": kept.id,
        "account_id": kept.account_id,
        "borrower_id": kept.borrower_id,
        "offer": offer_to_json(kept.offer),
        "policy": kept.policy,
        "digest": kept.digest,
        "shown_at": kept.shown_at.isoformat(),
        "expires_at": kept.expires_at.isoformat(),
    }


def kept_from_json(data: Mapping[str, Any]) -> KeptOffer:
    """As `kept_to_json` wrote it, in the state `shown`. Raises UnreadablePlan."""
    return KeptOffer(
        id=str(data["id"]),
        account_id=AccountId(int(data["account_id"])),
        borrower_id=BorrowerId(int(data["borrower_id"])),
        offer=offer_from_json(dict(data["offer"])),
        policy=str(data["policy"]),
        digest=str(data["digest"]),
        shown_at=datetime.fromisoformat(data["shown_at"]),
        expires_at=datetime.fromisoformat(data["expires_at"]),
        state=OfferState.SHOWN,
    )
