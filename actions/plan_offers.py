"""Offers of plans: found, shown beside today, explained, read back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions._accounts import account_of
from actions._base import Case, Desk, Reply, escalate
from actions._plans import (
    Shown,
    Wish,
    drawn,
    held_until,
    keep,
    kept_offers,
    label,
    offer_buttons,
    office_of,
    pause,
    payments_to_come,
    plan_button,
    quote,
    speech_of,
    wish_of,
)
from actions._words import hours, words
from bot.conversation import EscalationReason
from bot.plan_words import (
    LABELS,
    is_small,
    offer_line,
    read_back,
    rhythm_of,
    today_run,
    why,
)
from lending.account_file import AccountFile
from lending.accounts import AccountStatus
from lending.affordability import BudgetMakesNoSense
from lending.money import Money, total
from lending.plan_eligibility import Refusal
from lending.plan_policy import Approval
from lending.plan_quote import PlanAnswer, PlanOutcome
from lending.plan_records import KeptOffer, Plan
from lending.plan_service import Quoted
from lending.position import position_of
from lending.terms import CardTerms

_FORM = "plan_form"


# Finding and showing.


def show_offers(
    case: Case,
    desk: Desk,
    reply: Reply,
    file: AccountFile,
    tracker: Tracker,
    *,
    monthly: int | None = None,
    escalates: bool = False,
    is_new: bool = False,
) -> list[EventType]:
    """Search and say what was found. `escalates`: where nothing is, a person gets the facts."""
    wish = Wish() if is_new and monthly is not None else wish_of(tracker)
    wish = replace(wish, monthly=wish.monthly if monthly is None else monthly)
    try:
        quoted = quote(desk, case, file, wish)
    except BudgetMakesNoSense:
        reply.say("utter_household_negative")
        return [SlotSet(name, None) for name in ("household_income", "household_spending")]
    answer = quoted.answer
    account = SlotSet("plan_account", file.account.reference)
    match answer.outcome:
        case PlanOutcome.OFFERS:
            intro = _intro(case, file, answer, wish, "utter_part_offers_if" if monthly else None)
            return [account, *_said(case, reply, file, quoted, intro), FollowupAction(_FORM)]
        case PlanOutcome.FITS_TODAY:
            assert answer.today is not None and (wish.monthly or answer.means.available)
            free = Money(wish.monthly, file.account.currency) if wish.monthly else None
            reply.say(
                "utter_plan_fits_today",
                amount=case.formats.money(answer.today.payment),
                available=case.formats.money(free or answer.means.available or answer.today.total),
            )
        case PlanOutcome.NOTHING_FITS:
            facts = f"{file.account.reference}: nothing fits. {wish.facts(file.account.currency)}"
            reply.say(
                "utter_plan_nothing_fits",
                hours=hours(case, desk),
                day=case.formats.day(held_until(case)),
                effects=_with(pause(case), escalate(EscalationReason.HARDSHIP, facts)),
            )
        case PlanOutcome.NOT_POSSIBLE:
            _refused(case, desk, reply, file, answer.refusal, wish)
    return [account]


def _refused(
    case: Case,
    desk: Desk,
    reply: Reply,
    file: AccountFile,
    refusal: Refusal | None,
    wish: Wish,
) -> None:
    name = speech_of(case).account(file.account)
    if refusal is Refusal.CLOSED or file.account.status is not AccountStatus.ACTIVE:
        reply.say("utter_plan_closed", account=name)
    elif refusal is Refusal.DISPUTED:
        reply.say("utter_plan_disputed", account=name)
    else:
        facts = (
            f"{file.account.reference}: no plan by itself ({refusal.value if refusal else 'unknown'})."
            f" {wish.facts(file.account.currency)}"
        )
        reply.say(
            "utter_plan_not_by_me",
            account=name,
            hours=hours(case, desk),
            day=case.formats.day(held_until(case)),
            effects=_with(pause(case), escalate(EscalationReason.HARDSHIP, facts)),
        )


def _with(*effects: dict[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for effect in effects:
        merged |= effect
    return merged


def _intro(case: Case, file: AccountFile, answer: PlanAnswer, wish: Wish, key: str | None) -> str:
    speech, today = speech_of(case), answer.today
    if key == "utter_part_offers_if" and wish.monthly is not None:
        amount = case.formats.money(Money(wish.monthly, file.account.currency))
        return speech.say(key, amount=amount)
    if key is not None:
        return speech.say(key)
    assert today is not None
    if isinstance(file.account.terms, CardTerms):
        if today.last_on.year > case.today.year + 200:
            return speech.say("utter_part_offers_card_never")
        return speech.say(
            "utter_part_offers_card",
            ends=case.formats.month(today.last_on),
            total=case.formats.money(today.total),
        )
    values = {
        "run": today_run(speech, _usual(case, file) or today.payment, rhythm_of(file.account)),
        "ends": case.formats.month(today.last_on),
    }
    if today.due_now:
        overdue = case.formats.money(today.due_now)
        return speech.say("utter_part_offers_loan_overdue", overdue=overdue, **values)
    return speech.say("utter_part_offers_loan", **values)


def _usual(case: Case, file: AccountFile) -> Money | None:
    """What the next payment asks, which is the figure that the borrower knows."""
    due = position_of(file, case.today).next_due
    return due.amount if due else None


def _said(
    case: Case, reply: Reply, file: AccountFile, quoted: Quoted, intro: str
) -> list[EventType]:
    """Say the offers with their picture; they are kept in the same turn."""
    reply.say(
        "utter_plan_offers",
        intro=intro,
        lines=_lines(case, file, quoted.kept),
        buttons=offer_buttons(case, quoted.kept),
        effects=_with(keep(quoted.kept), drawn(quoted.kept, file.account)),
    )
    shown = Shown(
        ids=tuple(offer.id for offer in quoted.kept),
        longest=max(len(offer.offer.rows) for offer in quoted.kept),
    )
    return [
        SlotSet("plan_shown", shown.to_slot()),
        SlotSet("plan_offer", None),
        SlotSet("plan_confirmed", None),
        SlotSet("plan_view", "quiet"),
        SlotSet("extension_kind", None),
    ]


def _lines(case: Case, file: AccountFile, offers: tuple[KeptOffer, ...] | list[KeptOffer]) -> str:
    speech, rhythm = speech_of(case), rhythm_of(file.account)
    return "\n".join(
        offer_line(speech, letter, kept.offer, rhythm)
        for letter, kept in zip(LABELS, offers, strict=False)
    )


def say_plan_in_force(
    case: Case,
    desk: Desk,
    reply: Reply,
    plan: Plan,
    *,
    wants_to_cancel: bool = False,
    is_hard_news: bool = False,
) -> list[EventType]:
    """The plan that runs, its next payment, and what can be done about it."""
    file = next((f for f in case.files if f.account.id == plan.account_id), None)
    assert file is not None and case.borrower is not None
    speech = speech_of(case)
    name = speech.account(file.account)
    if wants_to_cancel:
        say_undo_question(case, reply, plan, name)
        return [SlotSet("plan_taken", plan.id)]
    policy = office_of(desk).policy(case.borrower, file.account)
    coming = payments_to_come(plan, file, case, policy.missed_grace_days)
    if is_hard_news:
        reply.say("utter_plan_sorry")
    reply.say(
        "utter_plan_in_force",
        account=name,
        amount=case.formats.money(coming[0][1]),
        day=case.formats.day(coming[0][0]),
        ends=case.formats.month(coming[-1][0]),
        total=case.formats.money(total((left for _, left in coming), file.account.currency)),
        buttons=[
            (label(case, "rows"), "/ask_schedule"),
            (label(case, "certificate"), plan_button("paper", plan.id)),
            (label(case, "cancel_plan"), plan_button("undo", plan.id)),
            (label(case, "changed"), plan_button("change", plan.id)),
        ],
    )
    return []


def say_undo_question(case: Case, reply: Reply, plan: Plan, name: str) -> None:
    reply.say(
        "utter_ask_plan_undo",
        account=name,
        buttons=[
            (label(case, "yes_undo"), plan_button("undo_yes", plan.id)),
            (label(case, "keep"), plan_button("keep")),
        ],
    )


# Reading back.


def say_read_back(case: Case, reply: Reply, kept: KeptOffer, **effects: Any) -> None:
    """What a yes would set up, in full. `effects` keep it if it was not kept before."""
    file = next(f for f in case.files if f.account.id == kept.account_id)
    offer, speech = kept.offer, speech_of(case)
    if is_small(offer):
        say_move(case, reply, kept, file, effects)
        return
    sends = offer.approval is Approval.STAFF and kept.state.value == "shown"
    yes = label(case, "yes_send" if sends else "yes_plan")
    reply.say(
        "utter_ask_plan_request" if sends else "utter_ask_plan_confirmed",
        buttons=[
            (yes, plan_button("accept", kept.id)),
            (label(case, "not_yet"), "/deny"),
            (label(case, "rows"), plan_button("rows", kept.id)),
        ],
        effects=effects,
        **read_back(speech, offer, file.account),
    )


def say_move(
    case: Case, reply: Reply, kept: KeptOffer, file: AccountFile, effects: dict[str, Any]
) -> None:
    """The read-back of a moved date: from when to when, what it costs, what stays."""
    offer = kept.offer
    difference, first = offer.comparison.difference, offer.rows[0]
    before = offer.comparison.today.first_on
    interest = (
        words(case, "utter_part_more_interest", amount=case.formats.money(difference))
        if difference
        else words(case, "utter_part_no_interest")
    )
    one = offer.reliefs[0].kind.value == "deferral"
    reply.say(
        "utter_ask_move_confirmed" if one else "utter_ask_due_day_confirmed",
        **({"amount": case.formats.money(first.amount - difference)} if one else {}),
        old=case.formats.day(before),
        day=case.formats.day(first.due_on),
        interest=interest,
        total=case.formats.money(first.amount),
        buttons=[
            (label(case, "yes_move"), plan_button("accept", kept.id)),
            (label(case, "other_day"), plan_button("other_day")),
            (label(case, "leave"), "/cancel"),
        ],
        effects=effects,
    )


def say_view(case: Case, desk: Desk, reply: Reply, tracker: Tracker, view: str) -> list[EventType]:
    """One of: quiet, reminder, why, less, which_figure, if, longer, figures, not_yet."""
    file = account_of(case, tracker)
    shown = Shown.of(tracker)
    offers = kept_offers(desk, case, shown.ids)
    match view:
        case "quiet":
            return []
        case "less":
            reply.say("utter_plan_how_little")
        case "which_figure":
            reply.say("utter_plan_which_figure")
        case "why":
            _say_why(case, desk, reply, tracker, offers, shown)
        case "if" | "longer" | "figures" if file is not None:
            return _search_again(case, desk, reply, tracker, file, view, shown)
        case "not_yet" if offers:
            reply.say(
                "utter_plan_not_yet",
                day=case.formats.day(_last_day(case, offers)),
                buttons=offer_buttons(case, offers),
            )
        case _:
            if offers and file is not None:
                reply.say(
                    "utter_plan_waiting",
                    day=case.formats.day(_last_day(case, offers)),
                    lines=_lines(case, file, offers),
                    buttons=offer_buttons(case, offers),
                )
            else:
                reply.say("utter_plan_how_little")
    return []


def _last_day(case: Case, offers: list[KeptOffer]) -> Any:
    return min(offer.expires_at for offer in offers).astimezone(case.now.tzinfo).date()


def _say_why(
    case: Case,
    desk: Desk,
    reply: Reply,
    tracker: Tracker,
    offers: list[KeptOffer],
    shown: Shown,
) -> None:
    speech = speech_of(case)
    said = [
        line
        for kept in offers
        for line in why(
            speech,
            shown.label(kept.id),
            kept.offer,
            [other.offer for other in offers if other.id != kept.id],
        )
    ]
    file, wish = account_of(case, tracker), wish_of(tracker)
    if file is not None and wish.monthly is None:
        means = quote(desk, case, file, wish).answer.means
        if means.available is not None:
            amount = case.formats.money(means.available)
            said.append(speech.say("utter_part_why_means", amount=amount))
        else:
            said.append(speech.say("utter_part_why_no_means"))
    said.append(speech.say("utter_part_why_left_out"))
    reply.say("utter_plan_why", lines="\n".join(said), buttons=offer_buttons(case, offers))


def _search_again(
    case: Case,
    desk: Desk,
    reply: Reply,
    tracker: Tracker,
    file: AccountFile,
    view: str,
    shown: Shown,
) -> list[EventType]:
    """What if: the same search with another amount, a longer time or changed figures."""
    wish = wish_of(tracker)
    if view == "longer":
        wish = replace(wish, longer_than=shown.longest)
    if view == "figures":
        wish = replace(wish, monthly=None)
    quoted = quote(desk, case, file, wish)
    answer = quoted.answer
    if answer.outcome is PlanOutcome.OFFERS:
        keys = {
            "if": "utter_part_offers_if",
            "longer": "utter_part_offers_longer",
            "figures": "utter_part_offers_figures",
        }
        intro = _intro(case, file, answer, wish, keys[view])
        return [*_said(case, reply, file, quoted, intro), SlotSet("plan_view", None)]
    if answer.outcome is PlanOutcome.FITS_TODAY and answer.today is not None:
        free = Money(wish.monthly, file.account.currency) if wish.monthly else None
        reply.say(
            "utter_plan_fits_today",
            amount=case.formats.money(answer.today.payment),
            available=case.formats.money(free or answer.means.available or answer.today.total),
        )
    elif view == "longer":
        reply.say("utter_plan_longer_none", buttons=_still(case, desk, shown))
    elif wish.monthly is not None:
        _say_nothing_for(case, desk, reply, file, answer, wish.monthly, shown)
    else:
        facts = f"{file.account.reference}: nothing fits. {wish.facts(file.account.currency)}"
        reply.say(
            "utter_plan_nothing_fits",
            hours=hours(case, desk),
            day=case.formats.day(held_until(case)),
            effects=_with(pause(case), escalate(EscalationReason.HARDSHIP, facts)),
        )
    return [SlotSet("plan_view", None), SlotSet("plan_monthly", None)]


def _say_nothing_for(
    case: Case,
    desk: Desk,
    reply: Reply,
    file: AccountFile,
    answer: PlanAnswer,
    monthly: int,
    shown: Shown,
) -> None:
    amount = case.formats.money(Money(monthly, file.account.currency))
    if answer.closest is not None:
        nearest = case.formats.money(answer.closest.payment)
        reply.say(
            "utter_plan_if_nothing",
            amount=amount,
            nearest=nearest,
            buttons=_still(case, desk, shown),
        )
    else:
        reply.say("utter_plan_if_none", amount=amount, buttons=_still(case, desk, shown))


def _still(case: Case, desk: Desk, shown: Shown) -> list[tuple[str, str]]:
    return offer_buttons(case, kept_offers(desk, case, shown.ids))
