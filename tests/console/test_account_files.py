"""Schedules and ledgers of files: the amounts, and what is refused."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.console.commands import Told, account, written
from tests.console.forms import CARD, LEDGER, LENT, LOAN, PROJECTION, paid, reversal

CENT = Decimal(1)


def cents(amount: Decimal) -> int:
    return int(amount.quantize(CENT, ROUND_HALF_EVEN))


def level_payments(principal: int, rate: Decimal, count: int) -> list[tuple[int, int, int]]:
    """(principal, interest, left) of each month, worked out by hand: P r / (1 - (1 + r)^-n)."""
    payment = cents(principal * rate / (1 - (1 + rate) ** -count))
    left, rows = principal, []
    for number in range(1, count + 1):
        interest = cents(left * rate)
        part = left if number == count else payment - interest
        left -= part
        rows.append((part, interest, left))
    return rows


@pytest.mark.parametrize("rate_bp", [1, 1_299, 3_600])
@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_a_schedule_is_what_one_works_out_by_hand(
    tmp_path: Path, rate_bp: int, currency: str
) -> None:
    file = written(tmp_path, {**LOAN, "annual_rate_bp": rate_bp, "currency": currency})

    told = account("schedule", file, "--json").json

    parts = ("principal_minor", "interest_minor", "balance_minor")
    expected = level_payments(120_000, Decimal(rate_bp) / 120_000, 12)
    assert [tuple(row[part] for part in parts) for row in told["rows"]] == expected
    assert told["totals"]["interest_minor"] == sum(interest for _, interest, _ in expected)
    assert [row["due_on"] for row in told["rows"]][::11] == ["2026-02-10", "2027-01-10"]


def test_a_card_is_cleared_by_what_it_says_clears_it(tmp_path: Path) -> None:
    form = {**PROJECTION, "balance_minor": 300_000}
    told = account("schedule", written(tmp_path, form), "--json").json
    clears = told["clears_in_36_months_minor"]

    again = written(tmp_path, {**form, "payment_minor": clears})
    fixed = account("schedule", again, "--json").json

    assert len(fixed["rows"]) <= 36 < len(told["rows"])
    assert fixed["totals"]["payments_minor"] == 300_000 + fixed["totals"]["interest_minor"]
    less = written(tmp_path, {**form, "payment_minor": clears - 1})
    assert len(account("schedule", less, "--json").json["rows"]) > 36


def test_the_order_of_postings_in_a_file_changes_nothing(tmp_path: Path) -> None:
    pays = [paid("a", "2026-02-10", 10_662), paid("b", "2026-03-09", 5_000)]
    orders = ([LENT, *pays], [LENT, *reversed(pays)])

    told = [
        account("ledger", written(tmp_path, {**LEDGER, "postings": order}), "--json").json
        for order in orders
    ]

    assert told[0] == told[1]
    assert told[0]["position"]["payoff_minor"] < 120_000


def test_the_same_posting_twice_counts_once(tmp_path: Path) -> None:
    pay = paid("a", "2026-02-10", 10_662)

    once, twice = (
        account("ledger", written(tmp_path, {**LEDGER, "postings": [LENT, *pays]}), "--json").json
        for pays in ([pay], [pay, pay])
    )

    assert once == twice


@pytest.mark.parametrize(
    ("currency", "amount"), [("USD", "1,200.00"), ("JPY", "120,000"), ("KWD", "120.000")]
)
def test_tables_show_amounts_with_the_decimals_of_the_currency(
    tmp_path: Path, currency: str, amount: str
) -> None:
    told = account("schedule", written(tmp_path, {**LOAN, "currency": currency}))

    assert told.code == 0
    assert amount in told.out.split()
    assert all(len(line) <= 100 for line in told.out.splitlines())


def test_long_keys_are_never_cut_off(tmp_path: Path) -> None:
    key = "k" * 100
    form = {**LEDGER, "postings": [LENT, paid(key, "2026-02-10", 10_662)]}

    told = account("ledger", written(tmp_path, form))

    assert told.out.count("k") >= len(key)
    assert all(len(line) <= 100 for line in told.out.splitlines())


def test_a_byte_order_mark_is_no_trouble(tmp_path: Path) -> None:
    path = written(tmp_path, LOAN)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert account("schedule", path).code == 0


def changed(form: dict[str, Any], **fields: object) -> dict[str, Any]:
    return {**form, **fields}


def posted(*postings: dict[str, Any], **fields: object) -> dict[str, Any]:
    return {**LEDGER, "postings": [LENT, *postings], **fields}


SCHEDULES: dict[str, tuple[object, str]] = {
    "not JSON": ("{", "is not JSON"),
    "empty": ("", "is not JSON"),
    "not UTF-8": (b"\xff\xfe\x00", "not UTF-8"),
    "a list": ([LOAN], "the file"),
    "endless digits": ('{"a": ' + "9" * 5_000 + "}", "is not JSON"),
    "nested without end": ("[" * 100_000, "is not JSON"),
    "a field twice": ('{"a": 1, "a": 2}', "same field twice"),
    "no product": ({}, "product"),
    "another product": (changed(LOAN, product="lease"), "product"),
    "a misspelt field": (changed(LOAN, anual_rate_bp=5), "anual_rate_bp"),
    "a field missing": ({k: v for k, v in LOAN.items() if k != "instalments"}, "instalments"),
    "zero": (changed(LOAN, principal_minor=0), "above zero"),
    "negative": (changed(LOAN, principal_minor=-1), "above zero"),
    "huge": (changed(LOAN, principal_minor=10**30), "principal_minor"),
    "a fraction": (changed(LOAN, principal_minor=1.5), "principal_minor"),
    "a whole float": (changed(LOAN, principal_minor=1.0), "principal_minor"),
    "a number as text": (changed(LOAN, principal_minor="1"), "principal_minor"),
    "not a number": ('{"product": "instalment_loan", "principal_minor": NaN}', "principal_minor"),
    "infinite": ('{"product": "instalment_loan", "principal_minor": Infinity}', "principal_minor"),
    "true for a number": (changed(LOAN, instalments=True), "instalments"),
    "no instalments": (changed(LOAN, instalments=0), "0 instalments"),
    "a negative rate": (changed(LOAN, annual_rate_bp=-1), "annual_rate_bp"),
    "an impossible day": (changed(LOAN, first_due_on="2026-02-30"), "first_due_on"),
    "a day of another age": (changed(LOAN, first_due_on="9999-12-31"), "first_due_on"),
    "a day as a number": (changed(LOAN, first_due_on=20260210), "first_due_on"),
    "days out of order": (changed(LOAN, disbursed_on="2026-02-10"), "day of lending"),
    "no currency": (changed(LOAN, currency="usd"), "currency"),
    "no such country": (changed(LOAN, holiday_country="XX", roll="following"), "XX"),
    "an allocation of one slot": (
        changed(LOAN, allocation={"order": [["due", "fee"]]}),
        "12 slots",
    ),
    "payments below interest": (
        changed(LOAN, annual_rate_bp=12_000, disbursed_on="2020-01-10"),
        "interest",
    ),
    "never cleared": (changed(PROJECTION, payment_minor=100), "clear"),
    "a minimum of nothing": (
        changed(PROJECTION, minimum_rate_bp=0, minimum_floor_minor=0),
        "minimum",
    ),
    "no closing day": (changed(PROJECTION, closed_on="2026-03-06"), "closes"),
    "due after the next closing": (changed(PROJECTION, due_days=29), "due_days"),
    "a card without a balance": (CARD, "balance_minor"),
}

LEDGERS: dict[str, tuple[object, str]] = {
    "zero": (posted(paid("a", "2026-02-10", 0)), "zero"),
    "negative": (posted(paid("a", "2026-02-10", -5)), "zero"),
    "huge": (posted(paid("a", "2026-02-10", 10**16)), "amount_minor"),
    "wrong currency": (posted(paid("a", "2026-02-10", 5, currency="EUR")), "EUR"),
    "before opening": (posted(paid("a", "2026-01-09", 5)), "opened"),
    "in the future": (posted(paid("a", "2026-04-16", 5)), "future"),
    "the key with another amount": (
        posted(paid("a", "2026-02-10", 5), paid("a", "2026-02-10", 6)),
        "key",
    ),
    "a key of the ledger's own": (posted(paid("interest:1:1", "2026-02-10", 5)), "key"),
    "a reversal of nothing": (posted(reversal("r", "2026-02-10", 5, "x")), "to take back"),
    "a reversal of a reversal": (
        posted(
            paid("a", "2026-02-10", 5),
            reversal("r", "2026-02-11", 5, "a"),
            reversal("rr", "2026-02-12", 5, "r"),
        ),
        "reversal",
    ),
    "a split that does not add up": (
        posted(paid("a", "2026-02-10", 5, split={"principal_minor": -4})),
        "split",
    ),
    "through before opening": (posted(through="2026-01-09"), "through"),
    "through in a hundred years": (posted(through="2126-01-10"), "through"),
    "a hold that ends before it begins": (
        posted(holds=[{"kind": "dispute", "from_on": "2026-03-01", "until_on": "2026-02-01"}]),
        "hold",
    ),
    "an unknown hold": (posted(holds=[{"kind": "nap", "from_on": "2026-03-01"}]), "holds.0.kind"),
    "a card's balance": ({**LEDGER, "terms": PROJECTION, "postings": []}, "terms.balance_minor"),
}


@pytest.mark.parametrize(("content", "names"), SCHEDULES.values(), ids=SCHEDULES)
def test_terms_that_make_no_sense_are_refused(tmp_path: Path, content: object, names: str) -> None:
    for said in told("schedule", written(tmp_path, content)):
        assert is_refusal(said, names), said


@pytest.mark.parametrize(("content", "names"), LEDGERS.values(), ids=LEDGERS)
def test_postings_that_make_no_sense_are_refused(
    tmp_path: Path, content: object, names: str
) -> None:
    for said in told("ledger", written(tmp_path, content)):
        assert is_refusal(said, names), said


@pytest.mark.parametrize("command", ["schedule", "ledger"])
def test_a_file_that_is_not_there_or_is_a_folder_is_named(tmp_path: Path, command: str) -> None:
    for said in told(command, tmp_path / "missing.json"):
        assert is_refusal(said, "missing.json"), said
    for said in told(command, tmp_path):
        assert is_refusal(said, "cannot be read"), said


def told(command: str, path: Path) -> list[Told]:
    """What the command says of a file, as text and as JSON."""
    return [account(command, path, *form) for form in ((), ("--json",))]


def is_refusal(said: Told, names: str) -> bool:
    """Two plain lines on standard error, nothing on standard output, and 1."""
    error, do = said.err.splitlines()
    return (
        (said.code, said.out) == (1, "")
        and (error.startswith("Error: ") and names in error)
        and (do.startswith("Do: ") and len(do) > len("Do: "))
    )
