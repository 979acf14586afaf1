"""A plan in words: its payments as runs, its line in a list, its read-back. Every figure is the engine's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from bot.formats import Formats
from bot.texts import Texts
from lending.accounts import Account, Instalment
from lending.money import Money
from lending.plan_offer import Goal, Offer
from lending.plan_policy import Approval
from lending.reliefs import CardInstalments, Deferral, DueDateChange, PaymentHoliday
from lending.terms import LoanTerms

LABELS = "ABC"
_CARD_PLAN = re.compile(r"-P\d+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Payments of one amount that follow each other."""

    amount: Money
    count: int
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """The texts in one language, and how its reader is used to figures."""

    texts: Texts
    formats: Formats

    def say(self, key: str, /, **values: str) -> str:
        return self.texts.content(key, self.formats.language, **values).text

    def joined(self, sentences: Iterable[str]) -> str:
        """Sentences in a row: with a space in English, without one in Chinese."""
        return (" " if self.formats.language == "en" else "").join(sentences)

    def account(self, account: Account) -> str:
        kind = account.product.value
        if _CARD_PLAN.search(account.reference):
            kind = "card_plan"
        return self.say(f"utter_name_{kind}", reference=account.reference)


def rhythm_of(account: Account) -> str:
    """monthly, fortnightly or weekly; the plan of a card is monthly."""
    terms = account.terms
    return terms.frequency.value if isinstance(terms, LoanTerms) else "monthly"


def is_small(offer: Offer) -> bool:
    """Whether only a date moves: a deferral or another due day."""
    return len(offer.reliefs) == 1 and isinstance(offer.reliefs[0], (Deferral, DueDateChange))


def runs_of(rows: Sequence[Instalment]) -> list[Run]:
    runs = []
    for amount, group in groupby(rows, key=lambda row: row.amount.minor):
        same = list(group)
        runs.append(
            Run(
                amount=Money(amount, same[0].principal.currency),
                count=len(same),
                first_on=same[0].due_on,
                last_on=same[-1].due_on,
            )
        )
    return runs


def brief(speech: Speech, offer: Offer, rhythm: str) -> str:
    """The payments in one phrase: "$60.00 a month for 6 months, then $205.10 a month".

    What follows the first amount is told exactly if it is one amount, else as the most it comes to;
    a last payment that is about the same is left out. The read-back has every amount.
    """
    runs = runs_of(offer.rows)
    if len(runs) > 1 and runs[-1].count == 1 and _is_hardly_more(runs[-1], runs[-2]):
        runs = runs[:-1]
    if len(runs) > 1 and _is_hardly_more(_largest(runs), _smallest(runs)):
        most = speech.formats.money(_largest(runs).amount)
        said = [speech.say(f"utter_part_run_most_{rhythm}", amount=most)]
    elif len(runs) > 2:
        runs = [*runs[:1], _largest(runs[1:])]
        key = f"utter_part_run_most_{rhythm}"
        said = [_run(speech, runs[0], rhythm, is_last=False)]
        said.append(speech.say(key, amount=speech.formats.money(runs[1].amount)))
    else:
        said = [_run(speech, run, rhythm, is_last=False) for run in runs[:-1]]
        said.append(_run(speech, runs[-1], rhythm, is_last=len(runs) > 1 or runs[-1].count > 1))
    if len(said) > 1 and runs[0].count > 1:
        said[0] = speech.say("utter_part_run_first", run=said[0])
    phrase = _then(speech).join(said)
    if any(isinstance(relief, PaymentHoliday) for relief in offer.reliefs):
        until = speech.formats.day(offer.rows[0].due_on)
        return _spaced(speech, speech.say("utter_part_run_nothing", day=until)) + phrase
    return phrase


def _largest(runs: Sequence[Run]) -> Run:
    return max(runs, key=lambda run: run.amount.minor)


def _smallest(runs: Sequence[Run]) -> Run:
    return min(runs, key=lambda run: run.amount.minor)


def _is_hardly_more(last: Run, before: Run) -> bool:
    """At most a fiftieth more: the rounding of the last payment."""
    return last.amount.minor * 100 <= before.amount.minor * 102


def _then(speech: Speech) -> str:
    return _spaced(speech, speech.say("utter_part_run_then"))


def _spaced(speech: Speech, text: str) -> str:
    """Texts come without spaces around them; English needs one before what follows."""
    return f"{text} " if speech.formats.language == "en" else text


def _run(speech: Speech, run: Run, rhythm: str, *, is_last: bool) -> str:
    amount = speech.formats.money(run.amount)
    if run.count == 1:
        key = "utter_part_run_last" if is_last else "utter_part_run_one"
        return speech.say(key, amount=amount)
    if is_last:
        return speech.say(f"utter_part_run_rest_{rhythm}", amount=amount)
    return speech.say(f"utter_part_run_{rhythm}", amount=amount, count=str(run.count))


def today_run(speech: Speech, payment: Money, rhythm: str) -> str:
    return speech.say(f"utter_part_run_rest_{rhythm}", amount=speech.formats.money(payment))


def cost(speech: Speech, difference: Money, part: str = "cost") -> str:
    """What the plan costs more or less than today's terms, in all. `part`: cost, or than (before)."""
    if not difference:
        return speech.say(f"utter_part_{part}_same")
    way = "more" if difference.minor > 0 else "less"
    amount = Money(abs(difference.minor), difference.currency)
    return speech.say(f"utter_part_{part}_{way}", amount=speech.formats.money(amount))


def offer_line(speech: Speech, label: str, offer: Offer, rhythm: str) -> str:
    line = speech.say(
        "utter_part_offer",
        label=label,
        runs=brief(speech, offer, rhythm),
        cost=cost(speech, offer.comparison.difference),
        ends=speech.formats.month(offer.ends_on),
    )
    if offer.approval is Approval.STAFF:
        line = speech.joined([line, speech.say("utter_part_offer_staff")])
    return line


def dated(speech: Speech, rows: Sequence[Instalment], rhythm: str) -> str:
    """Every payment, equal ones that follow each other as one line with their days."""
    day = speech.formats.day
    lines = []
    for run in runs_of(rows):
        amount = speech.formats.money(run.amount)
        if run.count == 1:
            lines.append(speech.say("utter_part_dated_one", amount=amount, day=day(run.first_on)))
        else:
            lines.append(
                speech.say(
                    f"utter_part_dated_{rhythm}",
                    amount=amount,
                    start=day(run.first_on),
                    end=day(run.last_on),
                    count=str(run.count),
                )
            )
    return "\n".join(lines)


def each_payment(speech: Speech, rows: Sequence[Instalment]) -> str:
    """One line for every payment."""
    return "\n".join(
        speech.say(
            "utter_part_dated_one",
            amount=speech.formats.money(row.amount),
            day=speech.formats.day(row.due_on),
        )
        for row in rows
    )


def read_back(speech: Speech, offer: Offer, account: Account) -> dict[str, str]:
    """The values of a read-back: account, rows, terms, total and difference."""
    return {
        "account": speech.account(account),
        "rows": dated(speech, offer.rows, rhythm_of(account)),
        "terms": speech.joined(_terms(speech, offer)),
        "total": speech.formats.money(offer.cost),
        "difference": cost(speech, offer.comparison.difference, "than"),
    }


def _terms(speech: Speech, offer: Offer) -> list[str]:
    said = []
    if any(isinstance(relief, CardInstalments) for relief in offer.reliefs):
        said.append(speech.say("utter_part_terms_rate", rate=speech.formats.percent(offer.rate_bp)))
    compared = offer.comparison
    if compared.waived:
        amount = speech.formats.money(compared.waived)
        said.append(speech.say("utter_part_terms_waived", amount=amount))
    if compared.capitalised:
        amount = speech.formats.money(compared.capitalised)
        said.append(speech.say("utter_part_terms_capitalised", amount=amount))
    said.append(speech.say("utter_part_terms_no_fees"))
    return said


def why(speech: Speech, label: str, offer: Offer, others: Sequence[Offer]) -> list[str]:
    """What an offer is better at than all others; ties are not told."""
    return [
        speech.say(
            f"utter_part_why_{goal.value}",
            label=label,
            **({"ends": speech.formats.month(offer.ends_on)} if goal is Goal.SOONEST_CLEAR else {}),
        )
        for goal in offer.goals
        if all(_figure(goal, offer) < _figure(goal, other) for other in others)
    ]


def _figure(goal: Goal, offer: Offer) -> int:
    match goal:
        case Goal.LOWEST_PAYMENT:
            return offer.payment.minor
        case Goal.LOWEST_COST:
            return offer.cost.minor
        case Goal.SOONEST_CLEAR:
            return offer.ends_on.toordinal()
