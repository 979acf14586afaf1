"""Answer the question that had to wait until the borrower was verified."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions._base import Case, Desk, Reply, Topic, identify_first
from actions.assistant import MyData
from actions.balance import Balance
from actions.contact import ContactPreferences
from actions.extension import Extension
from actions.fees import Fees
from actions.hardship import Hardship
from actions.payments import HowToPay, PaymentHistory, ReportPaid
from actions.payoff import AskPayoffOnDate, Payoff
from actions.plan_buttons import PlanButton
from actions.promise import Promise
from actions.schedule import DueDate, ShowSchedule
from actions.trace import StartTrace

WAITING: dict[str, type[Topic]] = {
    "check_balance": Balance,
    "ask_payoff": Payoff,
    "ask_payoff_on_date": AskPayoffOnDate,
    "check_due_date": DueDate,
    "ask_schedule": ShowSchedule,
    "payment_history": PaymentHistory,
    "make_payment": HowToPay,
    "report_paid": ReportPaid,
    "payment_not_there": StartTrace,
    "ask_fees_interest": Fees,
    "ask_my_data": MyData,
    "set_contact_preferences": ContactPreferences,
    "request_hardship_plan": Hardship,
    "request_extension": Extension,
    "promise_to_pay": Promise,
    "plan": PlanButton,
}
"""Every topic that needs identity, by intent; and wishes that reach beyond an unproved chat."""


class Resume(Topic):
    action_name = "action_resume"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if case.borrower is None:
            reply.say(identify_first(case), lender=desk.lender_name)
            return []
        topic = WAITING.get(str(tracker.get_slot("pending_intent")))
        if topic is None:
            reply.say("utter_affirm_what")
            return []
        return [*topic().answer(case, desk, reply, tracker), SlotSet("pending_intent", None)]
