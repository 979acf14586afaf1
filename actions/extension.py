"""More time for the next payment, or another due day: found, read back, taken alone within the policy."""

from __future__ import annotations

import re
from datetime import date, timedelta

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions._accounts import account_named, account_of
from actions._asking import Asked, asked_already, day_said
from actions._base import (
    Case,
    Desk,
    Reply,
    Topic,
    active_form,
    entity,
    escalate,
    forget,
    leave_form,
    start_form,
    typed_text,
)
from actions._forms import FormCheck
from actions._plans import Shown, keep, now_of, office_of
from actions._words import called, hours
from actions.hardship import asks_for_payment, begin
from actions.plan_offers import say_read_back
from bot.conversation import EscalationReason
from lending.account_file import AccountFile
from lending.errors import LendingError
from lending.plan_policy import PlanPolicy
from lending.plan_quote import self_service
from lending.plan_records import KeptOffer, PlanRefused
from lending.position import Due, position_of
from lending.reliefs import Deferral, DueDateChange, Relief, ReliefKind

_FORM = "extension_form"
_ALWAYS = re.compile(
    r"every month|each month|from now on|always|permanent|change (?:my|the) (?:due|payment|pay) ?(?:date|day)|due (?:date|day) to"
    r"|(?:move|set|put) (?:my|the) (?:due|payment) (?:date|day)|pay ?day|payday|salary day"
    r"|以后都|以後都|每月|每个月|每個月|固定|(?:还款日|還款日|繳款日)(?:改|换|換|调|調|移)|(?:改|换|換|调整|調整)(?:一下)?(?:还款日|還款日|繳款日)|发薪|發薪|发工资|發工資",
    re.I,
)
_DAY_OF_MONTH = re.compile(r"(?<!\d)([12]?\d|3[01])(?:st|nd|rd|th|号|號|日)(?!\d)", re.I)
_STEPS = (5, 10)


class Extension(Topic):
    action_name = "action_extension"
    needs_identity = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if not case.active:
            reply.say("utter_nothing_owed", name=called(case))
            return leave_form(active_form(tracker))
        if asks_for_payment(case, tracker):
            return begin(case, desk, reply, tracker)
        text = typed_text(tracker)
        kind = ReliefKind.DUE_DATE_CHANGE if _ALWAYS.search(text) else ReliefKind.DEFERRAL
        events = start_form(tracker, _FORM)
        said = [SlotSet("extension_kind", kind.value)]
        file = account_named(case, tracker)
        if file is None:
            day = _day(case, reply, text, kind)
            known = None if isinstance(day, Asked) else _iso(day)
            return [*events[:-1], *said, SlotSet("extension_day", known), events[-1]]
        account = SlotSet("plan_account", file.account.reference)
        day = _day(case, reply, text, kind, file)
        if isinstance(day, Asked):
            return [*events[:-1], *said, account, events[-1]]
        if day is None and (problem := _problem(case, desk, reply, file)) is not None:
            return [*events[:-1], *problem]
        if day is None:
            return [*events[:-1], *said, account, events[-1]]
        return [*events[:-1], *said, account, *offer_move(case, desk, reply, file, kind, day)]


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(
    case: Case, reply: Reply, text: str, kind: ReliefKind, file: AccountFile | None = None
) -> date | Asked | None:
    """The day that a text names; for a due day of the month the next such day."""
    if kind is ReliefKind.DUE_DATE_CHANGE and (match := _DAY_OF_MONTH.search(text)):
        return _next_with(case.today, int(match.group(1)))
    due = position_of(file, case.today).next_due if file else None
    first = due.due_on + timedelta(days=1) if due else case.today
    return day_said(case, reply, text, first=first) if text else None


def _next_with(today: date, number: int) -> date | None:
    if not 1 <= number <= 28:
        return None
    this_month = today.replace(day=number)
    return (
        this_month if this_month > today else (this_month + timedelta(days=31)).replace(day=number)
    )


def _problem(case: Case, desk: Desk, reply: Reply, file: AccountFile) -> list[EventType] | None:
    """What stands against any move, said; None if a day may be asked for."""
    position = position_of(file, case.today)
    if position.next_due is None:
        reply.say("utter_move_nothing_due")
        return []
    if position.is_overdue and position.overdue_since is not None:
        reply.say(
            "utter_move_overdue",
            amount=case.formats.money(position.overdue),
            since=case.formats.day(position.overdue_since),
        )
        return []
    if _limit(case, desk, file, ReliefKind.DEFERRAL) < 1:
        return _ask_colleague(case, desk, reply, file, "")
    return None


def _policy(case: Case, desk: Desk, file: AccountFile) -> PlanPolicy:
    assert case.borrower is not None
    return office_of(desk).policy(case.borrower, file.account)


def _limit(case: Case, desk: Desk, file: AccountFile, kind: ReliefKind) -> int:
    """How many days the policy lets the borrower move it alone."""
    allowance = _policy(case, desk, file).reliefs.get(kind)
    return allowance.most_days if allowance else 0


def offer_move(
    case: Case, desk: Desk, reply: Reply, file: AccountFile, kind: ReliefKind, day: date
) -> list[EventType]:
    """Work out the move to a day and read it back, or say what is possible."""
    problem = _problem(case, desk, reply, file)
    if problem is not None:
        return problem
    due = position_of(file, case.today).next_due
    assert due is not None
    last = due.due_on + timedelta(days=_limit(case, desk, file, kind))
    if kind is ReliefKind.DEFERRAL and day <= due.due_on:
        reply.say(
            "utter_move_not_later",
            old=case.formats.day(due.due_on),
            last=case.formats.day(last),
            buttons=_day_buttons(case, due, last),
        )
        return _asks_again(kind)
    relief: Relief = (
        Deferral((day - due.due_on).days) if kind is ReliefKind.DEFERRAL else DueDateChange(day.day)
    )
    kept = _quoted(case, desk, file, relief)
    if kept is None:
        details = f"Named day: {day.isoformat()}"
        if kind is ReliefKind.DEFERRAL and day > last:
            return _too_far(case, reply, due, day, last, kind)
        return _ask_colleague(case, desk, reply, file, details)
    moved = (kept.offer.rows[0].due_on - due.due_on).days
    if not self_service(_policy(case, desk, file), relief, moved):  # type: ignore[arg-type]
        return _too_far(case, reply, due, kept.offer.rows[0].due_on, last, kind)
    say_read_back(case, reply, kept, **keep((kept,)))
    shown = Shown(ids=(kept.id,), longest=len(kept.offer.rows))
    return [
        SlotSet("extension_kind", kind.value),
        SlotSet("plan_account", file.account.reference),
        SlotSet("plan_shown", shown.to_slot()),
        SlotSet("plan_offer", kept.id),
        SlotSet("plan_confirmed", None),
        SlotSet("plan_view", "quiet"),
        FollowupAction("plan_form"),
    ]


def _quoted(case: Case, desk: Desk, file: AccountFile, relief: Relief) -> KeptOffer | None:
    assert case.borrower is not None
    try:
        with desk.store.unit() as uow:
            return office_of(desk).quote_relief(
                uow.plans, file, case.borrower, (relief,), now=now_of(case)
            )
    except (PlanRefused, LendingError):
        return None


def _too_far(
    case: Case, reply: Reply, due: Due, day: date, last: date, kind: ReliefKind
) -> list[EventType]:
    reply.say(
        "utter_move_too_far",
        day=case.formats.day(day),
        last=case.formats.day(last),
        buttons=_day_buttons(case, due, last)[-1:] if kind is ReliefKind.DEFERRAL else [],
    )
    return _asks_again(kind)


def _asks_again(kind: ReliefKind) -> list[EventType]:
    """The form goes on without its question: what was just said asks already."""
    return [
        SlotSet("extension_kind", kind.value),
        SlotSet("extension_day", None),
        SlotSet("extension_said", "quiet"),
        FollowupAction(_FORM),
    ]


def _ask_colleague(
    case: Case, desk: Desk, reply: Reply, file: AccountFile, details: str
) -> list[EventType]:
    facts = f"{file.account.reference}. {details}".strip()
    reply.say(
        "utter_move_not_by_me",
        hours=hours(case, desk),
        effects=escalate(EscalationReason.EXTENSION, facts),
    )
    return []


def _day_buttons(case: Case, due: Due, last: date) -> list[tuple[str, str]]:
    """A few days to tap: some steps after the due date, and the latest."""
    days = [due.due_on + timedelta(days=step) for step in _STEPS]
    chosen = sorted({day for day in (*days, last) if due.due_on < day <= last})
    return [(case.formats.day(day), f'/inform{{"date":"{day.isoformat()}"}}') for day in chosen]


class AskExtensionDay(Topic):
    action_name = "action_ask_extension_day"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if asked_already(tracker):
            return []
        if tracker.get_slot("extension_said") == "quiet":
            return [SlotSet("extension_said", None)]
        file = account_of(case, tracker)
        due = position_of(file, case.today).next_due if file else None
        if file is None or due is None:
            reply.say("utter_move_nothing_due")
            return []
        if tracker.get_slot("extension_kind") == ReliefKind.DUE_DATE_CHANGE.value:
            reply.say("utter_ask_due_day")
            return []
        last = due.due_on + timedelta(days=_limit(case, desk, file, ReliefKind.DEFERRAL))
        reply.say(
            "utter_ask_extension_day",
            amount=case.formats.money(due.amount),
            old=case.formats.day(due.due_on),
            day=case.formats.day(last),
            buttons=_day_buttons(case, due, last),
        )
        return []


class CheckExtensionForm(FormCheck):
    action_name = "validate_extension_form"
    about = frozenset({"request_hardship_plan", "request_extension"})

    def read(self, case: Case, reply: Reply, tracker: Tracker) -> dict[str, str | bool | None]:
        requested, text = tracker.get_slot("requested_slot"), typed_text(tracker)
        if requested == "plan_account":
            file = account_named(case, tracker)
            return {} if file is None else {"plan_account": file.account.reference}
        named = entity(tracker, "date")
        kind = ReliefKind(str(tracker.get_slot("extension_kind") or ReliefKind.DEFERRAL.value))
        if text and _ALWAYS.search(text):
            kind = ReliefKind.DUE_DATE_CHANGE
        day: date | Asked | None = date.fromisoformat(named) if named else None
        if day is None:
            day = _day(case, reply, _as_day(text), kind, account_of(case, tracker))
        if day is None:
            return {}
        if isinstance(day, Asked):
            return {"extension_day": None, "extension_kind": kind.value}
        return {"extension_day": day.isoformat(), "extension_kind": kind.value}


def _as_day(text: str) -> str:
    """A bare number is a day of the month here."""
    return f"{text.strip()}th" if re.fullmatch(r"\s*\d{1,2}\s*", text) else text


class OfferMove(Topic):
    """After the day is known."""

    action_name = "action_offer_move"
    needs_identity = True
    asked_by = "request_extension"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        file, day = account_of(case, tracker), tracker.get_slot("extension_day")
        if file is None or not day:
            return [*forget(_FORM), FollowupAction(_FORM)]
        kind = ReliefKind(str(tracker.get_slot("extension_kind") or ReliefKind.DEFERRAL.value))
        return offer_move(case, desk, reply, file, kind, date.fromisoformat(str(day)))
