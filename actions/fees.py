"""Interest and fees: the rate, how it is counted, what a late payment costs, what is open now."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import EventType

from actions._base import Case, Desk, Reply, Topic
from actions._words import blocks, joined, words
from lending.account_file import AccountFile
from lending.accounts import Product
from lending.position import position_of
from lending.terms import LateFee


class Fees(Topic):
    action_name = "action_fees"
    needs_identity = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if not case.active:
            reply.say("utter_fees_none")
            return []
        parts = [(file, joined(case, _sentences(case, file))) for file in case.active]
        reply.say("utter_fees", blocks=blocks(case, parts))
        return []


def _sentences(case: Case, file: AccountFile) -> list[str]:
    terms = file.account.terms
    kind = "card" if file.account.product is Product.CREDIT_CARD else "loan"
    rate = case.formats.percent(terms.annual_rate_bp)
    said = [words(case, f"utter_part_rate_{kind}", rate=rate)]
    if terms.late_fee:
        fee = _late_fee(case, terms.late_fee)
        said.append(words(case, "utter_part_late_fee", amount=fee))
    else:
        said.append(words(case, "utter_part_no_late_fee"))
    owed = position_of(file, case.today).fees_owed
    if owed.minor > 0:
        said.append(words(case, "utter_part_fees_owed", amount=case.formats.money(owed)))
    else:
        said.append(words(case, "utter_part_no_fees_owed"))
    return said


def _late_fee(case: Case, fee: LateFee) -> str:
    """The flat part, the percentage of what is unpaid, or both."""
    parts = [case.formats.money(fee.flat)] if fee.flat else []
    if fee.rate_bp:
        parts.append(case.formats.percent(fee.rate_bp))
    return " + ".join(parts)
