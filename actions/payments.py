"""What was paid, and how to pay."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions import autopay, pay
from actions._base import (
    Case,
    Desk,
    Reply,
    Topic,
    active_form,
    entity,
    escalate,
    identify_first,
    leave_form,
    start_form,
    typed_text,
)
from actions._besides import STOP, besides
from actions._words import account_name, hours, words
from bot.conversation import EscalationReason
from lending.account_file import AccountFile
from lending.accounts import Payment, PaymentStatus
from lending.position import pending_payments, position_agreed, settled_payments
from nlu.reading import read_amount, read_date

_SHOWN = 5
_RECENT = timedelta(days=10)
_RETURNED_FOR = timedelta(days=30)


class PaymentHistory(Topic):
    action_name = "action_payment_history"
    needs_identity = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        lines = [*_on_the_way(case), *_returned(case), *_arrived(case)]
        if lines:
            reply.say("utter_payments", lines="\n".join(lines))
        else:
            reply.say("utter_no_payments")
        return []


class HowToPay(Topic):
    """Pay now, for the verified borrower, where that is set up; else the ways to pay, for anyone.

    Amounts and references are for the verified borrower only.
    """

    action_name = "action_how_to_pay"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        about_autopay = autopay.wanted(tracker)
        if case.borrower is not None and about_autopay is not None:
            return autopay.begin(case, desk, reply, tracker, about_autopay)
        if desk.pays_here and entity(tracker, "do") != "ways":
            if case.borrower is not None:
                return pay.begin(case, reply, tracker)
            if case.conversation.identity.borrower_id is not None:
                reply.say(identify_first(case), lender=desk.lender_name)
                return [
                    SlotSet("pending_intent", "make_payment"),
                    *leave_form(active_form(tracker)),
                ]
        details = "".join(f"{_what_to_pay(case, file)}\n" for file in case.active)
        if desk.pay_url:
            reply.say("utter_how_to_pay_link", url=desk.pay_url, details=details)
        else:
            reply.say("utter_how_to_pay_transfer", details=details)
        return leave_form(pay.FORM) if active_form(tracker) == pay.FORM else []


class ReportPaid(Topic):
    """ "I have paid": the payment is here, on its way, or has to be traced."""

    action_name = "action_report_paid"
    needs_identity = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        text = typed_text(tracker)
        if STOP in besides(tracker):  # who wants no more messages is not asked for details
            say_claim(case, desk, reply, text)
        elif not _say_if_seen(case, reply, text):
            reply.say("utter_trace_start")
            return start_form(tracker, "payment_trace_form")
        return []


def say_claim(case: Case, desk: Desk, reply: Reply, text: str) -> None:
    """A payment that is spoken of beside something else: seen, or passed to a colleague."""
    if not _say_if_seen(case, reply, text):
        effects = {
            **escalate(EscalationReason.PAYMENT_MISSING, f"As the borrower says: {text}"),
            **_claimed(case, text),
        }
        reply.say("utter_also_paid", hours=hours(case, desk), effects=effects)


def _claimed(case: Case, text: str) -> dict[str, Any]:
    """The claim as it is kept, if the message says all of it: which account, how much, and when."""
    if len(case.active) != 1:
        return {}
    account = case.active[0].account
    amount = read_amount(text, account.currency)
    paid_on = read_date(text, case.language, case.today, past=True)
    if amount is None or paid_on is None or paid_on > case.today:
        return {}
    claim = {"account": account.reference, "minor": amount.minor, "paid_on": paid_on.isoformat()}
    return {"claim_payment": claim}


def _say_if_seen(case: Case, reply: Reply, text: str) -> bool:
    """Say of the newest payment that the text can mean that it is here or on its way."""
    meant = [
        payment
        for file in case.files
        for payment in (*pending_payments(file), *settled_payments(file))
        if case.today - _day_of(payment) <= _RECENT and _fits(text, file, payment)
    ]
    if not meant:
        return False
    payment = max(meant, key=_day_of)
    pending = payment.status is PaymentStatus.PENDING
    reply.say(
        "utter_paid_and_pending" if pending else "utter_paid_and_here",
        amount=case.formats.money(payment.amount),
        day=case.formats.day(_day_of(payment)),
    )
    return True


def _fits(text: str, file: AccountFile, payment: Payment) -> bool:
    """Whether a payment can be the one that the text speaks of."""
    named = read_amount(text, file.account.currency)
    return named is None or named == payment.amount


def _day_of(payment: Payment) -> date:
    return payment.settled_on or payment.initiated_on


def _on_the_way(case: Case) -> list[str]:
    return [
        words(
            case,
            "utter_part_payment_pending",
            amount=case.formats.money(payment.amount),
            day=case.formats.day(payment.initiated_on),
        )
        for file in case.files
        for payment in pending_payments(file)
    ]


def _returned(case: Case) -> list[str]:
    """Payments of the last weeks that did not go through."""
    gone_wrong = (PaymentStatus.FAILED, PaymentStatus.REVERSED)
    return [
        words(
            case,
            "utter_part_payment_returned",
            amount=case.formats.money(payment.amount),
            day=case.formats.day(payment.initiated_on),
        )
        for file in case.files
        for payment in file.payments
        if payment.status in gone_wrong and case.today - payment.initiated_on <= _RETURNED_FOR
    ]


def _arrived(case: Case) -> list[str]:
    arrived = [(file, payment) for file in case.files for payment in settled_payments(file)]
    arrived.sort(key=lambda found: _day_of(found[1]), reverse=True)
    shown = arrived[:_SHOWN]
    if not shown:
        return []
    several = len({file.account.id for file, _ in shown}) > 1
    lines = [words(case, "utter_part_payments_head")]
    for file, payment in shown:
        values = {
            "amount": case.formats.money(payment.amount),
            "day": case.formats.day(_day_of(payment)),
        }
        if several:
            account = account_name(case, file.account)
            lines.append(words(case, "utter_part_payment_row_named", account=account, **values))
        else:
            lines.append(words(case, "utter_part_payment_row", **values))
    return lines


def _what_to_pay(case: Case, file: AccountFile) -> str:
    position = position_agreed(file, case.today)
    values = {"account": words(case, f"utter_kind_{file.account.product.value}")}
    values["reference"] = file.account.reference
    if position.is_overdue:
        amount = case.formats.money(position.overdue)
        return words(case, "utter_part_pay_now", amount=amount, **values)
    due = position.next_due
    if due is None:
        return words(case, "utter_part_pay_reference", **values)
    return words(
        case,
        "utter_part_pay_by",
        amount=case.formats.money(due.amount or due.full),
        due=case.formats.day(due.due_on),
        **values,
    )
