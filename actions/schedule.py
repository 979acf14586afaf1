"""When it is due, and what comes after."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions._base import Case, Desk, Reply, Topic, entity, picture
from actions._words import account_name, blocks, button, called, joined, words
from actions.balance import next_sentence, overdue_sentences
from lending.account_file import AccountFile
from lending.accounts import Product
from lending.position import Due, InstalmentState, position_agreed

_ROWS_SHOWN = 6


class DueDate(Topic):
    action_name = "action_due_date"
    needs_identity = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if not case.active:
            reply.say("utter_nothing_owed", name=called(case))
            return []
        parts = [(file, joined(case, _when(case, file))) for file in case.active]
        reply.say("utter_due_date", lines=blocks(case, parts))
        return []


class ShowSchedule(Topic):
    action_name = "action_schedule"
    needs_identity = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if not case.active:
            reply.say("utter_nothing_owed", name=called(case))
            return []
        wanted = entity(tracker, "account")
        chosen = [file for file in case.active if file.account.reference == wanted]
        chosen = chosen or list(case.active)
        if len(chosen) > 1:
            choices = [
                (account_name(case, f.account), schedule_payload(f.account.reference))
                for f in chosen
            ]
            choices.append(button(case, "talk_to_human"))
            reply.say("utter_schedule_which", buttons=choices)
        elif chosen[0].account.product is Product.CREDIT_CARD:
            _say_card(case, reply, chosen[0])
        else:
            _say_loan(case, reply, chosen[0])
        return [SlotSet("account", None)]


def schedule_payload(reference: str) -> str:
    return f'/ask_schedule{{"account":"{reference}"}}'


def _when(case: Case, file: AccountFile) -> list[str]:
    position = position_agreed(file, case.today)
    said = overdue_sentences(case, position)
    due = position.next_due
    if due is not None:
        if position.is_overdue:
            said.append(next_sentence(case, file, position, due))
        else:
            said += _due(case, file, due)
    if not said:
        said.append(words(case, "utter_part_no_payment_open"))
    if position.pending:
        pending = case.formats.money(position.pending)
        said.append(words(case, "utter_part_pending", amount=pending))
    return said


def _due(case: Case, file: AccountFile, due: Due) -> list[str]:
    amount = case.formats.money(due.amount or due.full)
    day, days = case.formats.day(due.due_on), case.formats.in_days(due.due_on)
    values = {"amount": amount, "due": day}
    match days:
        case 0:
            said = [words(case, "utter_part_due_today", **values)]
        case 1:
            said = [words(case, "utter_part_due_tomorrow", **values)]
        case _:
            said = [words(case, "utter_part_due_in_days", days=str(days), **values)]
    is_card = file.account.product is Product.CREDIT_CARD
    if is_card and due.amount and due.amount != due.full:
        full = case.formats.money(due.full)
        said.append(words(case, "utter_part_least_and_full", full=full))
    return said


def _say_loan(case: Case, reply: Reply, file: AccountFile) -> None:
    account = account_name(case, file.account)
    unpaid = [row for row in position_agreed(file, case.today).rows if not row.is_paid]
    if not unpaid:
        reply.say("utter_schedule_none", account=account)
        return
    lines = [_row(case, row) for row in unpaid[:_ROWS_SHOWN]]
    last = case.formats.day(unpaid[-1].instalment.due_on)
    if len(unpaid) > _ROWS_SHOWN:
        count = str(len(unpaid) - _ROWS_SHOWN)
        lines.append(words(case, "utter_part_rows_left", count=count, due=last))
    else:
        lines.append(words(case, "utter_part_row_last", due=last))
    reply.say(
        "utter_schedule",
        account=account,
        rows="\n".join(lines),
        effects=picture("schedule", file.account.reference),
    )


def _row(case: Case, row: InstalmentState) -> str:
    waiting = row.instalment.due_on < case.today
    return words(
        case,
        "utter_part_row_waiting" if waiting else "utter_part_row",
        due=case.formats.day(row.instalment.due_on),
        amount=case.formats.money(row.left),
    )


def _say_card(case: Case, reply: Reply, file: AccountFile) -> None:
    closed = [s for s in file.statements if s.closed_on <= case.today]
    account = account_name(case, file.account)
    if not closed:
        reply.say("utter_schedule_none", account=account)
        return
    latest = max(closed, key=lambda statement: statement.closed_on)
    reply.say(
        "utter_schedule_card",
        account=account,
        closed=case.formats.day(latest.closed_on),
        balance=case.formats.money(latest.balance),
        least=case.formats.money(latest.minimum_due),
        due=case.formats.day(latest.due_on),
    )
