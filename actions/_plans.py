"""What the plan topics share: the account meant, the figures told, offers found, shown and looked up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from rasa_sdk import Tracker

from actions._base import Case, Desk, NoDesk
from actions._words import button, texts
from bot.plan_words import LABELS, Speech
from lending.account_file import AccountFile
from lending.accounts import Account
from lending.affordability import Budget, Spending
from lending.holds import HoldKind
from lending.ids import AccountId
from lending.money import Money
from lending.plan_life import plan_standing
from lending.plan_ports import Now
from lending.plan_quote import PlanRequest
from lending.plan_records import KeptOffer, Plan
from lending.plan_service import PlanOffice, Quoted, kept_to_json

SKIPPED = "-"
"""Kept in a slot for a question that the borrower left out."""
HOLD_DAYS = 14
"""How long nothing is sent while a borrower looks for a plan."""
FIGURES = ("household_income", "household_spending", "household_debts", "household_months")


def office_of(desk: Desk) -> PlanOffice:
    if desk.plans is None:
        raise NoDesk("The desk has no plan office.", hint="Start through wiring, which gives one.")
    return desk.plans


def now_of(case: Case) -> Now:
    return Now(today=case.today, at=case.now)


def speech_of(case: Case) -> Speech:
    return Speech(texts=texts(), formats=case.formats)


# What the borrower told.


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The figures told so far, and what they would like tried; amounts in minor units."""

    income: int | None = None
    spending: int | None = None
    debts: int | None = None
    months: int | None = None
    monthly: int | None = None
    longer_than: int = 0
    day: int | None = None

    def request(self, currency: str) -> PlanRequest:
        told = {Spending.OTHER: self.spending} if self.spending is not None else {}
        return PlanRequest(
            budget=Budget(
                currency=currency,
                income=self.income,
                spending=told,
                other_debts=self.debts,
                months=self.months,
            ),
            monthly=None if self.monthly is None else Money(self.monthly, currency),
            longer_than=self.longer_than,
            day=self.day,
        )

    def facts(self, currency: str) -> str:
        """For the colleague who takes over, so that nobody is asked twice."""

        def amount(minor: int | None) -> str:
            return "not told" if minor is None else f"{Money(minor, currency).amount} {currency}"

        months = "not told" if self.months is None else f"{self.months} months"
        told = (
            f"income {amount(self.income)} a month; living costs {amount(self.spending)};"
            f" other debts {amount(self.debts)}; expected for {months}"
        )
        return told if self.monthly is None else f"{told}; could pay {amount(self.monthly)} a month"


def wish_of(tracker: Tracker) -> Wish:
    def number(slot: str) -> int | None:
        value = tracker.get_slot(slot)
        return int(value) if value not in (None, SKIPPED) else None

    return Wish(
        income=number("household_income"),
        spending=number("household_spending"),
        debts=number("household_debts"),
        months=number("household_months"),
        monthly=number("plan_monthly"),
        day=number("plan_day"),
    )


# The offers at hand.


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The offers that were shown last, by id, in the order of their letters."""

    ids: tuple[str, ...] = ()
    longest: int = 0
    """The most payments that one of them has."""

    @classmethod
    def of(cls, tracker: Tracker) -> Shown:
        kept = tracker.get_slot("plan_shown")
        if not kept:
            return cls()
        data = json.loads(kept)
        return cls(ids=tuple(data["ids"]), longest=int(data["longest"]))

    def to_slot(self) -> str:
        return json.dumps({"ids": self.ids, "longest": self.longest})

    def label(self, offer_id: str) -> str:
        return LABELS[self.ids.index(offer_id)] if offer_id in self.ids else LABELS[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPlan:
    """What the store knows of one borrower's plans: those in force by account, and open requests."""

    in_force: Mapping[AccountId, Plan] = field(default_factory=dict)
    requests: tuple[KeptOffer, ...] = ()


def quote(desk: Desk, case: Case, file: AccountFile, wish: Wish) -> Quoted:
    """Search plans; writes nothing. Raises BudgetMakesNoSense."""
    assert case.borrower is not None
    with desk.store.unit() as uow:
        return office_of(desk).quote(
            uow.plans, file, case.borrower, wish.request(file.account.currency), now=now_of(case)
        )


def kept_offers(desk: Desk, case: Case, ids: tuple[str, ...]) -> list[KeptOffer]:
    """The borrower's own offers with these ids, in this order."""
    with desk.store.unit() as uow:
        found = [uow.plans.offer(offer_id) for offer_id in ids]
    return [o for o in found if o and case.borrower and o.borrower_id == case.borrower.id]


def plan_in_force(desk: Desk, account: Account) -> Plan | None:
    with desk.store.unit() as uow:
        return office_of(desk).plan_in_force(uow.plans, account.id)


def keep(offers: tuple[KeptOffer, ...]) -> dict[str, Any]:
    """The effect that keeps offers before they are shown: only these can be accepted."""
    return {"keep_offers": [kept_to_json(offer) for offer in offers]}


def drawn(offers: tuple[KeptOffer, ...], account: Account) -> dict[str, Any]:
    """The effect that adds the picture of offers beside today's payments."""
    return {"picture": {"kind": "offers", "account": account.reference, "count": len(offers)}}


def held_until(case: Case) -> date:
    """The day before which nothing is sent: that of the running hold, else two weeks from today."""
    running = [
        hold.until_on
        for file in case.files
        for hold in file.holds
        if hold.kind is HoldKind.HARDSHIP_REQUEST
        and hold.covers(case.today)
        and hold.until_on is not None
    ]
    return max(running, default=case.today + timedelta(days=HOLD_DAYS))


def pause(case: Case) -> dict[str, Any]:
    """The effect that stops reminders and late fees while a plan is looked for."""
    return {"pause_for_hardship": {"until": held_until(case).isoformat()}}


def plan_button(do: str, offer_id: str | None = None) -> str:
    values = {"do": do} if offer_id is None else {"do": do, "offer": offer_id}
    return "/plan" + json.dumps(values, separators=(",", ":"))


def label(case: Case, name: str, **values: str) -> str:
    return speech_of(case).say(f"utter_label_{name}", **values)


def choose_buttons(
    case: Case, offers: list[KeptOffer] | tuple[KeptOffer, ...]
) -> list[tuple[str, str]]:
    return [
        (label(case, "choose", label=letter), plan_button("choose", offer.id))
        for letter, offer in zip(LABELS, offers, strict=False)
    ]


def offer_buttons(
    case: Case, offers: list[KeptOffer] | tuple[KeptOffer, ...]
) -> list[tuple[str, str]]:
    """The choices first, then the ways on from them."""
    return [
        *choose_buttons(case, offers),
        (label(case, "why"), plan_button("why")),
        (label(case, "less"), plan_button("less")),
        button(case, "talk_to_human"),
    ]


def payments_to_come(
    plan: Plan, file: AccountFile, case: Case, grace_days: int
) -> list[tuple[date, Money]]:
    """Due day and what is left of each payment of a plan that is not paid; at least one.

    On the day on which a plan is agreed its schedule does not apply yet: then as it was offered.
    """
    standing = plan_standing(plan, file, case.today, grace_days=grace_days)
    coming = [(row.instalment.due_on, row.left) for row in standing.rows if not row.is_paid]
    return coming or [(row.due_on, row.amount) for row in plan.offer.rows]
