"""Cards agree with a literal recomputation, and are fair whatever happens on them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lending.accounts import EntryKind
from lending.card_statement import statements
from lending.entries import Derived, Posting
from lending.holds import Suspended
from lending.money import Money
from lending.terms import CardTerms
from tests.lending.card_walker import OPENED, buy, card, charges, hold, pay, take_back, walk
from tests.lending.oracle_card import Event, OracleCard
from tests.lending.profiles import thorough

DAYS = 190
LAST = OPENED + timedelta(days=DAYS + 40)

days = st.integers(0, DAYS).map(lambda n: OPENED + timedelta(days=n))
minors = st.integers(1, 200_000)
# Often enough for everything, so that grace comes back.
payments = st.one_of(minors, st.integers(200_000, 800_000))
terms = st.builds(
    card,
    annual_rate_bp=st.sampled_from([0, 1, 999, 1850, 3650, 36_500]),
    statement_day=st.sampled_from([1, 5, 15, 25, 28, 29, 30, 31]),
    due_days=st.sampled_from([1, 14, 20, 25, 28]),
    grace_days=st.sampled_from([0, 3, 10]),
    minimum_rate_bp=st.sampled_from([0, 100, 500, 10_000]),
    minimum_floor=st.sampled_from([Money(1, "USD"), Money(2_500, "USD")]),
    minimum_adds_charges=st.booleans(),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Posting]:
    """Purchases and payments, some of them taken back on the same day or later."""
    found: list[Posting] = []
    for number in range(draw(st.integers(1, 12))):
        make = draw(st.sampled_from([buy, pay]))
        amount = draw(minors if make is buy else payments)
        posting = make(draw(days), amount, str(number))
        found.append(posting)
        if draw(st.integers(0, 3)) == 0:
            after = timedelta(days=draw(st.integers(0, 70)))
            found.append(take_back(posting.effective_on + after, posting))
    return sorted(found, key=lambda posting: posting.effective_on)


def oracle(rules: CardTerms, postings: list[Posting], **more: Any) -> OracleCard:
    fee = rules.late_fee
    computed = OracleCard(
        opened=OPENED,
        rate_bp=rules.annual_rate_bp,
        statement_day=rules.statement_day,
        due_days=rules.due_days,
        grace_days=rules.grace_days,
        minimum_bp=rules.minimum_rate_bp,
        floor=rules.minimum_floor.minor,
        adds_charges=rules.minimum_adds_charges,
        fee=fee.flat.minor if fee and fee.flat else 0,
        **more,
    )
    what = {EntryKind.PURCHASE: "buy", EntryKind.REPAYMENT: "pay", EntryKind.REVERSAL: "back"}
    events = [
        Event(p.effective_on, what[p.kind], p.key, p.amount.minor, p.reverses or "")
        for p in postings
    ]
    computed.run(events, LAST)
    return computed


def days_of(first: date, count: int) -> frozenset[date]:
    return frozenset(first + timedelta(days=n) for n in range(count))


@thorough
@given(terms, histories(), days, st.integers(1, 60), days, st.integers(1, 60))
def test_charges_and_statements_equal_the_literal_recomputation(
    rules: CardTerms,
    postings: list[Posting],
    fees_from: date,
    fees_days: int,
    interest_from: date,
    interest_days: int,
) -> None:
    holds = (
        hold(fees_from, fees_from + timedelta(days=fees_days), Suspended.LATE_FEES),
        hold(interest_from, interest_from + timedelta(days=interest_days), Suspended.INTEREST),
    )
    lines = walk(rules, postings, LAST, holds=holds)
    expected = oracle(
        rules,
        postings,
        no_fee_days=days_of(fees_from, fees_days),
        no_interest_days=days_of(interest_from, interest_days),
    )
    booked = [row for row in expected.rows if row.what in ("fee", "interest")]
    assert charges(lines) == {row.name: row.whole for row in booked}
    found = statements(rules, OPENED, lines, LAST)
    assert {s.closed_on: (s.balance.minor, s.minimum_due.minor) for s in found} == {
        day: (expected.balances[day], expected.minimums[day]) for day in expected.closings
    }


@thorough
@given(terms, histories())
def test_charges_are_never_negative_and_minimums_never_above_the_balance(
    rules: CardTerms, postings: list[Posting]
) -> None:
    lines = walk(rules, postings, LAST)
    assert all(amount > 0 for amount in charges(lines).values())
    for statement in statements(rules, OPENED, lines, LAST):
        nothing = Money.zero("USD")
        assert nothing <= statement.minimum_due <= max(statement.balance, nothing)


@thorough
@given(terms, histories())
def test_what_comes_later_changes_no_statement(rules: CardTerms, postings: list[Posting]) -> None:
    lines = walk(rules, postings, LAST)
    whole = statements(rules, OPENED, lines, LAST)
    for statement in whole:
        until = [line for line in lines if line.effective_on <= statement.closed_on]
        shorter = statements(rules, OPENED, until, statement.closed_on)
        assert shorter == whole[: statement.number]


@thorough
@given(
    terms,
    st.lists(st.tuples(days, minors), min_size=1, max_size=12),
    st.lists(st.integers(0, 27), min_size=10, max_size=10),
)
def test_who_pays_every_statement_in_full_in_time_is_never_charged(
    rules: CardTerms, bought: list[tuple[date, int]], waits: list[int]
) -> None:
    """Each statement is paid on a day of its own after closing, the due day at the latest."""
    postings = [buy(day, minor, str(number)) for number, (day, minor) in enumerate(bought)]
    for number, wait in enumerate(waits):
        statement = statements(rules, OPENED, walk(rules, postings, LAST), LAST)
        if number == len(statement) or statement[number].closed_on > LAST - timedelta(days=30):
            break
        after = timedelta(days=min(wait + 1, rules.due_days))
        if statement[number].balance.minor > 0:
            paid_on = statement[number].closed_on + after
            postings.append(pay(paid_on, statement[number].balance.minor, f"pay {number}"))
    until = LAST - timedelta(days=70)
    assert charges(walk(rules, postings, until)) == {}


@thorough
@given(terms, histories())
def test_it_does_not_matter_when_the_ledger_uses_credit(
    rules: CardTerms, postings: list[Posting]
) -> None:
    """Credit and debt side by side are the same as credit that paid the debt; fees, interest too.

    Only purchases are compared: which debt is paid first is the ledger's own question.
    """
    simple = [p for p in postings if p.kind is EntryKind.PURCHASE and p.effective_on > OPENED]
    overpaid = [pay(OPENED, 50_000, "early"), *simple]
    rules_without_fee = card(annual_rate_bp=rules.annual_rate_bp, late_fee=None)
    at_once = walk(rules_without_fee, overpaid, LAST)
    waiting = walk(rules_without_fee, overpaid, LAST, uses_credit=False)
    assert principal_charges(at_once) == principal_charges(waiting)


def principal_charges(lines: tuple[Derived, ...]) -> dict[str, int]:
    return {key: minor for key, minor in charges(lines).items() if key.startswith("interest")}
