"""What a turn changes about plans and promises: each in one transaction, then told as it came out.

The words come from here and not from the action, because only the booking knows what became of a
yes: done, done before, expired, moved, refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bot.conversation import Conversation, EscalationReason
from bot.effects import escalate
from bot.events import tell_offered, tell_plan, tell_promise
from bot.formats import Formats, hours_in
from bot.messages import Content, Document
from bot.plan_paper import Paper, plan_document
from bot.plan_words import Speech, is_small
from bot.ports import Clock, Store, UnitOfWork
from bot.texts import Texts
from lending.account_file import AccountFile
from lending.accounts import Borrower
from lending.bookkeeping import place_hold, take_promise
from lending.dates import local_day
from lending.errors import InvalidPromise, LendingError
from lending.events import EventType
from lending.holds import HoldKind, open_hold
from lending.ids import BorrowerId
from lending.money import Money
from lending.plan_life import plan_standing
from lending.plan_ports import Now
from lending.plan_records import (
    Certificate,
    OfferDeclined,
    OfferExpired,
    OfferMoved,
    Plan,
    PlanState,
    TooLateToUndo,
    UnknownOffer,
    UnknownPlan,
)
from lending.plan_service import PlanOffice, kept_from_json
from lending.promise_states import PromiseState, promise_states

KEYS = (
    "keep_offers", "pause_for_hardship", "accept_offer", "request_offer", "undo_plan",
    "send_certificate", "take_promise",
)  # fmt: skip

_TOLD: tuple[tuple[type[LendingError], str], ...] = (
    (OfferExpired, "utter_plan_expired"),
    (OfferMoved, "utter_plan_moved_on"),
    (OfferDeclined, "utter_plan_taken_back"),
    (UnknownOffer, "utter_plan_unknown"),
    (UnknownPlan, "utter_plan_unknown"),
    (TooLateToUndo, "utter_plan_undo_late"),
    (LendingError, "utter_plan_refused"),
)
_NEEDS_A_PERSON = {"utter_plan_refused", "utter_plan_undo_late"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """One effect at work: the transaction, who it is for, when, and how to speak."""

    uow: UnitOfWork
    borrower: Borrower
    now: Now
    speech: Speech
    hours: str

    def say(self, key: str, **values: str) -> Content:
        return self.speech.texts.content(key, self.speech.formats.language, **values)


class PlanClerk:
    """Carries out what actions asked for about plans and promises; safe to call from any thread."""

    def __init__(
        self,
        *,
        store: Store,
        office: PlanOffice,
        texts: Texts,
        clock: Clock,
        team_hours: str,
        paper: Paper | None = None,
    ) -> None:
        self._store, self._office, self._texts = store, office, texts
        self._clock, self._team_hours, self._paper = clock, team_hours, paper

    def carry_out(
        self, conversation: Conversation, effects: Iterable[Mapping[str, Any]]
    ) -> tuple[Content, ...]:
        """Do what is asked for, each thing in a transaction of its own; give what to say of it.

        Nothing is done for a chat that is not verified now. What is refused leaves nothing behind.
        """
        told: list[Content] = []
        for effect in effects:
            for key in KEYS:
                if key in effect:
                    told += self._one(conversation, key, effect[key])
        return tuple(told)

    def _one(self, conversation: Conversation, key: str, asked: Any) -> list[Content]:
        at = self._clock()
        borrower_id = conversation.identity.borrower_id
        if borrower_id is None or not conversation.identity.is_verified(at):
            return []
        try:
            with self._store.unit() as uow:
                desk = self._desk(uow, conversation, borrower_id)
                content = getattr(self, f"_{key}")(desk, asked)
                self._audit(uow, conversation, desk, key, asked)
                uow.commit()
                return [] if content is None else [content]
        except LendingError as error:
            return [self._refusal(conversation, borrower_id, key, error)]

    def _desk(self, uow: UnitOfWork, conversation: Conversation, borrower_id: BorrowerId) -> _Desk:
        at = self._clock()
        borrower = uow.borrowers.get(borrower_id)
        today = local_day(at, borrower.timezone)
        formats = Formats(conversation.language, borrower.country, today)
        return _Desk(
            uow=uow,
            borrower=borrower,
            now=Now(today=today, at=at),
            speech=Speech(texts=self._texts, formats=formats),
            hours=hours_in(self._team_hours, conversation.language),
        )

    def _audit(
        self, uow: UnitOfWork, conversation: Conversation, desk: _Desk, key: str, asked: Any
    ) -> None:
        details = {}
        if isinstance(asked, Mapping):
            details = {name: str(asked[name]) for name in ("offer", "plan") if name in asked}
        uow.audit.append(
            at=desk.now.at,
            actor="borrower",
            event=f"plan.{key}",
            subject=f"conversation:{conversation.id}",
            details=details,
        )

    def _refusal(
        self, conversation: Conversation, borrower_id: BorrowerId, key: str, error: LendingError
    ) -> Content:
        """Say why not, in a new transaction; where a person has to help, one is asked."""
        with self._store.unit() as uow:
            desk = self._desk(uow, conversation, borrower_id)
            if key == "take_promise":
                return desk.say("utter_promise_not_taken", hours=desk.hours)
            told = next(name for kind, name in _TOLD if isinstance(error, kind))
            if told in _NEEDS_A_PERSON:
                current = uow.conversations.get(conversation.id, for_update=True)
                after = escalate(
                    uow, current, EscalationReason.HARDSHIP, desk.now.at, details=error.message
                )
                uow.conversations.save(after)
                uow.commit()
                return desk.say(told, hours=desk.hours)
            return desk.say(told)

    # Each effect.

    def _keep_offers(self, desk: _Desk, asked: Any) -> None:
        offers = tuple(kept_from_json(one) for one in asked)
        if any(offer.borrower_id != desk.borrower.id for offer in offers):
            raise UnknownOffer("An offer for somebody else.", hint="Report this.")
        self._office.keep(desk.uow.plans, offers)
        for offer in offers:
            tell_offered(desk.uow, offer)

    def _pause_for_hardship(self, desk: _Desk, asked: Mapping[str, str]) -> None:
        until = date.fromisoformat(asked["until"])
        files = desk.uow.accounts.files_of(desk.borrower.id)
        if any(
            hold.kind is HoldKind.HARDSHIP_REQUEST and hold.covers(desk.now.today)
            for file in files
            for hold in file.holds
        ):
            return
        hold = open_hold(
            kind=HoldKind.HARDSHIP_REQUEST,
            borrower_id=desk.borrower.id,
            account_id=None,
            from_on=desk.now.today,
            until_on=until,
            owner="borrower",
            reason="asked for payments that can be managed",
        )
        place_hold(desk.uow.plans, hold, today=desk.now.today, now=desk.now.at)

    def _accept_offer(self, desk: _Desk, asked: Mapping[str, str]) -> Content:
        before = desk.uow.plans.plan(asked["offer"])
        plan = self._office.accept(desk.uow.plans, asked["offer"], desk.borrower, now=desk.now)
        if before is not None and plan.state is not PlanState.ON_TRACK:
            return desk.say("utter_plan_ended_before")
        if before is None:
            tell_plan(desk.uow, plan, desk.now.at)
        paper = self._office.certificate(desk.uow.plans, plan.id)
        amount, day = self._next_payment(desk, plan)
        if before is not None:
            told = desk.say("utter_plan_done_before", amount=amount, day=day)
        elif is_small(plan.offer):
            told = desk.say("utter_move_done", amount=amount, day=day)
        else:
            account = self._file(desk, plan).account
            policy = self._office.policy(desk.borrower, account)
            key = "utter_plan_done"
            if policy.missed_payment.value == "staff":
                key = "utter_plan_done_strict"
            told = desk.say(key, amount=amount, day=day, code=paper.sha256[:12])
        return replace(told, document=self._document(desk, plan, paper))

    def _request_offer(self, desk: _Desk, asked: Mapping[str, str]) -> Content:
        self._office.request(desk.uow.plans, asked["offer"], desk.borrower, now=desk.now)
        return desk.say("utter_plan_requested", hours=desk.hours)

    def _undo_plan(self, desk: _Desk, asked: Mapping[str, str]) -> Content:
        self._office.undo(desk.uow.plans, asked["plan"], desk.borrower, now=desk.now)
        return desk.say("utter_plan_undone")

    def _send_certificate(self, desk: _Desk, asked: Mapping[str, str]) -> Content:
        plan = self._office.plan(desk.uow.plans, asked["plan"], desk.borrower.id)
        paper = self._office.certificate(desk.uow.plans, plan.id)
        told = desk.say("utter_plan_certificate", code=paper.sha256[:12])
        return replace(told, document=self._document(desk, plan, paper))

    def _take_promise(self, desk: _Desk, asked: Mapping[str, Any]) -> Content:
        file = desk.uow.accounts.by_reference(str(asked["account"]))
        if file is None or file.account.borrower_id != desk.borrower.id:
            raise InvalidPromise("No such account.", hint="Ask again.")
        amount = Money(int(asked["minor"]), file.account.currency)
        due_on = date.fromisoformat(asked["due_on"])
        values = {
            "amount": desk.speech.formats.money(amount),
            "day": desk.speech.formats.day(due_on),
        }
        file = desk.uow.plans.locked(file.account.id)
        open_now = promise_states(file.promises, file.payments, desk.now.today)
        for promise in file.promises:
            same = (promise.amount, promise.due_on) == (amount, due_on)
            if same and open_now[promise.id].state is PromiseState.OPEN:
                return desk.say("utter_promise_noted_before", **values)
        promise = take_promise(
            desk.uow.plans,
            file.account.id,
            amount,
            due_on,
            latest_on=date.fromisoformat(asked["latest_on"]),
            today=desk.now.today,
            now=desk.now.at,
        )
        made = EventType.PROMISE_MADE
        tell_promise(desk.uow, made, promise, desk.borrower.id, desk.now.at)
        return desk.say("utter_promise_noted", **values)

    # What is said of a plan.

    def _file(self, desk: _Desk, plan: Plan) -> AccountFile:
        return desk.uow.accounts.file(plan.account_id)

    def _next_payment(self, desk: _Desk, plan: Plan) -> tuple[str, str]:
        file = self._file(desk, plan)
        policy = self._office.policy(desk.borrower, file.account)
        standing = plan_standing(plan, file, desk.now.today, grace_days=policy.missed_grace_days)
        row = standing.next_row
        if row is None:  # the day on which it was agreed, its schedule does not apply yet
            first = plan.offer.rows[0]
            amount, day = first.amount, first.due_on
        else:
            amount, day = row.left, row.instalment.due_on
        return desk.speech.formats.money(amount), desk.speech.formats.day(day)

    def _document(self, desk: _Desk, plan: Plan, paper: Certificate) -> Document | None:
        if self._paper is None:
            return None
        reference = desk.uow.accounts.file(plan.account_id).account.reference
        return plan_document(paper, reference, desk.speech.formats.language, self._paper)
