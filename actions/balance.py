"""What is owed: overdue, next, whole, on its way, in credit."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import EventType

from actions._base import Case, Desk, Reply, Topic
from actions._standing import plan_sentences, promise_sentences
from actions._words import blocks, called, joined, words
from lending.account_file import AccountFile
from lending.accounts import Product
from lending.position import Due, Position, position_agreed


class Balance(Topic):
    action_name = "action_balance"
    needs_identity = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        positions = [(file, position_agreed(file, case.today)) for file in case.active]
        if not positions:
            reply.say("utter_nothing_owed", name=called(case))
            return []
        is_open = any(p.is_overdue or p.next_due for _, p in positions)
        reply.say(
            "utter_balance" if is_open else "utter_balance_clear",
            blocks=blocks(case, ((f, joined(case, _told(case, desk, f, p))) for f, p in positions)),
        )
        return []


def _told(case: Case, desk: Desk, file: AccountFile, position: Position) -> list[str]:
    """What is owed, then the plan and the promises that stand beside it."""
    return [
        *sentences(case, file, position),
        *plan_sentences(case, desk, file),
        *promise_sentences(case, file),
    ]


def sentences(case: Case, file: AccountFile, position: Position) -> list[str]:
    """What stands to be said of one account, most pressing first."""
    money, is_card = case.formats.money, file.account.product is Product.CREDIT_CARD
    said = [*overdue_sentences(case, position)]
    if position.next_due is not None:
        said.append(next_sentence(case, file, position, position.next_due))
    if not said:
        said.append(words(case, "utter_part_no_payment_open"))
    due = position.next_due
    is_told = is_card and due is not None and due.full == position.payoff
    if position.payoff and not is_told:
        kind = "card" if is_card else "loan"
        said.append(words(case, f"utter_part_whole_{kind}", amount=money(position.payoff)))
    if position.pending:
        said.append(words(case, "utter_part_pending", amount=money(position.pending)))
    if position.credit.minor > 0:
        said.append(words(case, "utter_part_credit", amount=money(position.credit)))
    return said


def overdue_sentences(case: Case, position: Position) -> list[str]:
    """Nothing when nothing is overdue."""
    if not position.is_overdue:
        return []
    money = case.formats.money
    if position.overdue_since is None:
        return [words(case, "utter_part_fees_only", amount=money(position.overdue))]
    key = "utter_part_overdue_several" if _is_several(position) else "utter_part_overdue"
    since = case.formats.day(position.overdue_since)
    said = [words(case, key, amount=money(position.overdue), since=since)]
    if position.rows and position.fees_owed:
        said.append(words(case, "utter_part_fees_included", amount=money(position.fees_owed)))
    return said


def _is_several(position: Position) -> bool:
    if not position.rows:  # a card: its statements are a month apart
        return position.days_past_due > 31
    late = [r for r in position.rows if not r.is_paid and r.instalment.due_on < position.as_of]
    return len(late) > 1


def next_sentence(case: Case, file: AccountFile, position: Position, due: Due) -> str:
    """What is due next, worded for whether something earlier is open."""
    money, day = case.formats.money, case.formats.day(due.due_on)
    if file.account.product is Product.CREDIT_CARD:
        if not due.amount:
            return words(case, "utter_part_next_card_full", full=money(due.full), due=day)
        least, full = money(due.amount), money(due.full)
        # A later statement's minimum includes what the earlier ones left unpaid.
        after = "_after_overdue" if position.is_overdue else ""
        return words(case, f"utter_part_next_card{after}", least=least, full=full, due=day)
    key = "utter_part_next_after_overdue" if position.is_overdue else "utter_part_next_loan"
    return words(case, key, amount=money(due.amount), due=day)
