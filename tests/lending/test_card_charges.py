"""The rules of a card know their days, and a hold of any kind holds."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from lending.card_charges import CardCharges
from lending.errors import UnpayableTerms
from lending.holds import HoldKind, Suspended
from lending.money import Money
from lending.terms import LateFee
from tests.lending.card_walker import OPENED, buy, card, charges, hold, walk

FEE = LateFee(flat=Money(1_500, "USD"))


def test_the_days_are_closings_and_the_days_after_the_last_in_time() -> None:
    rules = CardCharges(terms=card(grace_days=2), opened_on=OPENED)
    day, found = date(2020, 1, 1), []
    for _ in range(5):
        day = rules.next_day(day)
        found.append(day)
    assert found == [
        date(2026, 1, 25),
        date(2026, 2, 17),
        date(2026, 2, 25),
        date(2026, 3, 20),
        date(2026, 3, 25),
    ]
    without = CardCharges(terms=card(late_fee=None), opened_on=OPENED)
    assert without.next_day(date(2026, 1, 25)) == date(2026, 2, 25)


def test_other_days_bring_nothing_and_lines_of_later_days_are_not_looked_at() -> None:
    rules = CardCharges(terms=card(), opened_on=OPENED)
    lines = walk(card(), (buy(date(2026, 1, 10), 100_000),), date(2026, 4, 30))
    charged = {day for line in lines if (day := line.effective_on) > date(2026, 1, 10)}
    for n in range(120):
        day = OPENED + timedelta(days=n)
        of_day = [line for line in lines if line.effective_on == day and day in charged]
        before = [line for line in lines if line not in of_day]
        assert [c.key for c in rules.assess(day, before)] == [line.key for line in of_day]
    assert rules.assess(date(2025, 12, 25), ()) == ()


def test_terms_that_make_no_sense_have_no_rules() -> None:
    with pytest.raises(UnpayableTerms):
        CardCharges(terms=card(due_days=40), opened_on=OPENED)


@pytest.mark.parametrize("kind", list(HoldKind))
@pytest.mark.parametrize(
    ("what", "changes", "stopped"),
    [
        (Suspended.LATE_FEES, {"late_fee": FEE}, "late-fee"),
        (Suspended.LATE_FEES, {"late_fee": replace(FEE, as_penalty=True)}, "late-fee"),
        (Suspended.INTEREST, {}, "interest"),
    ],
)
def test_nothing_is_charged_inside_a_hold_nor_afterwards_for_it(
    kind: HoldKind, what: Suspended, changes: dict[str, Any], stopped: str
) -> None:
    """The hold covers the February cycle and its late-fee day, 15 February."""
    held = replace(hold(date(2026, 1, 26), date(2026, 2, 26), what), kind=kind)
    postings = (buy(date(2026, 1, 10), 100_000),)
    free = charges(walk(card(**changes), postings, date(2026, 6, 1)))
    under = charges(walk(card(**changes), postings, date(2026, 6, 1), holds=(held,)))
    missing = {"late-fee": "late-fee:2026-01-25", "interest": "interest:2026-02-25"}[stopped]
    assert missing in free
    assert under == {key: minor for key, minor in free.items() if key != missing}
