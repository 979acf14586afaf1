"""The names that evaluation reports: finer intents of ours are one of these 22."""

from __future__ import annotations

from collections.abc import Sequence

FALLBACK = "nlu_fallback"
CAREFUL = ("express_distress", "set_contact_preferences", "talk_to_human")
"""Where missing it does more harm than a mistake: the likeliest of these is taken at its word."""
SURE_ENOUGH = 0.2

REPORTED = {
    "ask_payoff": "check_balance",
    "ask_schedule": "check_due_date",
    "cancel": "deny",
    # Doubt that the lender is genuine is a doubt about the debt.
    "ask_proof_of_lender": "dispute_debt",
    # Served, but no intent of the evaluation's: "anything else".
    "ask_are_you_bot": "out_of_scope",
    "ask_my_data": "out_of_scope",
    "switch_language": "out_of_scope",
    "inform": "out_of_scope",
    # Not understood is said as honestly as out of scope.
    "nlu_fallback": "out_of_scope",
    # Only from buttons and the router.
    "ask_payoff_on_date": "check_balance",
    "payment_not_there": "payment_history",
    "choose_language": "out_of_scope",
    "resume": "out_of_scope",
}


def reported(intent: str) -> str:
    """The evaluation's name of an intent of ours."""
    return REPORTED.get(intent, intent)


def likeliest(ranking: Sequence[tuple[str, float]]) -> str:
    """The likeliest intent of a message that was not understood, if it is likely at all."""
    for name, confidence in ranking:
        if name != FALLBACK:
            return name if confidence >= SURE_ENOUGH else ""
    return ""


def acted_on(intent: str, ranking: Sequence[tuple[str, float]]) -> str:
    """The intent that decides the answer: also of a message that was not understood."""
    guess = likeliest(ranking) if intent == FALLBACK else ""
    return guess if guess in CAREFUL else intent
