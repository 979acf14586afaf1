"""`tideover account show` and `quote` on a database: what the rules say, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from lending.account_file import AccountFile
from lending.holds import DEFAULT_SUSPENDS, HoldKind
from lending.position import position_of
from lending.quote import payoff_quote_on
from store.db import Database
from store.tables import HoldRow, PromiseRow
from tests.console.commands import NOW, TODAY, account

ACCOUNTS = ("PL-ANN", "PL-WEI", "CC-MEI", "CC-PRIYA", "PL-PRIYA", "PL-MARCUS", "PL-MARCUS-OLD")


def kept(database: Database, reference: str) -> AccountFile:
    with database.unit() as uow:
        found = uow.accounts.by_reference(reference)
    assert found is not None
    return found


@pytest.mark.parametrize("days", [0, 45])
def test_show_tells_the_position_of_every_persona(
    house: Database, tmp_path: Path, days: int
) -> None:
    on = TODAY + timedelta(days=days)
    for reference in ACCOUNTS:
        file = kept(house, reference)
        position = position_of(file, on)

        told = account("show", reference, "--on", str(on), "--json", data=tmp_path).json

        at, due = told["position"], position.next_due
        assert at["overdue_minor"] == position.overdue.minor
        assert at["payoff_minor"] == position.payoff.minor
        assert at["days_past_due"] == position.days_past_due
        assert at["bucket"] == position.bucket
        assert at["pending_minor"] == position.pending.minor
        assert (at["next_due"] or {}).get("amount_minor") == (due and due.amount.minor)
        assert (at["next_due"] or {}).get("due_on") == (due and due.due_on.isoformat())
        assert len(told["payments"]) == len(file.payments)
        assert [row["key"] for row in told["rows"]] == [e.idempotency_key for e in file.entries]


def test_quote_tells_what_clears_every_persona(house: Database, tmp_path: Path) -> None:
    for reference in ACCOUNTS:
        for on in (TODAY, TODAY + timedelta(days=40)):
            quote = payoff_quote_on(kept(house, reference), on)

            told = account("quote", reference, "--on", str(on), "--json", data=tmp_path).json

            assert told["amount_minor"] == quote.amount.minor
            assert told["accrued_minor"] == quote.accrued.minor
            assert told["per_diem_minor"] == quote.per_diem.minor
            assert told["on"] == on.isoformat()


def test_without_a_day_it_is_the_borrowers_today(house: Database, tmp_path: Path) -> None:
    told = account("quote", "PL-WEI", "--json", data=tmp_path).json

    assert abs((date.fromisoformat(told["on"]) - TODAY).days) <= 1


def test_tables_show_the_same_within_100_columns(house: Database, tmp_path: Path) -> None:
    for reference in ACCOUNTS:
        for command in ("show", "quote"):
            told = account(command, reference, "--on", str(TODAY), data=tmp_path)
            amount = payoff_quote_on(kept(house, reference), TODAY).amount.amount

            assert told.code == 0
            assert f"{amount:,f}" in told.out
            assert all(len(line) <= 100 for line in told.out.splitlines())


def test_show_lists_promises_by_what_became_of_them_and_holds(
    house: Database, tmp_path: Path
) -> None:
    ann = kept(house, "PL-ANN")
    made_on = TODAY - timedelta(days=20)
    with house.session() as session:
        for due_on, cancelled in (
            (made_on + timedelta(days=1), None),
            (TODAY + timedelta(days=3), None),
            (TODAY + timedelta(days=4), NOW),
        ):
            session.add(
                PromiseRow(
                    account_id=ann.account.id,
                    currency="USD",
                    amount_minor=5_000,
                    made_on=made_on,
                    due_on=due_on,
                    grace_days=1,
                    created_at=NOW,
                    cancelled_at=cancelled,
                )
            )
        session.add(
            HoldRow(
                kind="dispute",
                borrower_id=ann.account.borrower_id,
                account_id=None,
                from_on=TODAY - timedelta(days=10),
                until_on=None,
                owner="staff",
                reason="says it was paid",
                suspends=sorted(DEFAULT_SUSPENDS[HoldKind.DISPUTE]),
                created_at=NOW,
            )
        )
        session.commit()

    told = account("show", "PL-ANN", "--on", str(TODAY), "--json", data=tmp_path).json

    assert [promise["state"] for promise in told["promises"]] == ["broken", "open"]
    assert [promise["left_minor"] for promise in told["promises"]] == [5_000, 5_000]
    assert [(hold["kind"], hold["is_in_force"]) for hold in told["holds"]] == [("dispute", True)]
    assert told["position"]["days_past_due"] == 0
    table = account("show", "PL-ANN", "--on", str(TODAY), data=tmp_path).out
    assert "broken" in table and "says it was paid" in table


@pytest.mark.parametrize("command", ["show", "quote"])
@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("PL-NOBODY",), "PL-NOBODY"),
        (("",), "reference"),
        (("PL-ANN", "--on", "2026-02-30"), "2026-02-30"),
        (("PL-ANN", "--on", "tomorrow"), "tomorrow"),
        (("PL-ANN", "--on", "20261231"), "20261231"),
        (("PL-ANN", "--on", "1990-01-01"), "opened"),
        (("PL-ANN", "--on", "9999-12-31"), "too far"),
    ],
    ids=["unknown", "empty", "no day", "a word", "no dashes", "before opening", "too far"],
)
def test_what_cannot_be_shown_is_said_with_what_to_do(
    house: Database, tmp_path: Path, command: str, words: tuple[str, ...], names: str
) -> None:
    told = account(command, *words, data=tmp_path)

    error, do = told.err.splitlines()
    assert (told.code, told.out) == (1, "")
    assert error.startswith("Error: ") and names in error
    assert do.startswith("Do: ") and len(do) > len("Do: ")


@pytest.mark.parametrize("command", ["show", "quote"])
def test_without_a_database_it_says_so_and_makes_none(tmp_path: Path, command: str) -> None:
    told = account(command, "PL-ANN", data=tmp_path)

    assert told.code == 1
    assert "tideover init" in told.err
    assert list(tmp_path.iterdir()) == []


def test_looking_writes_nothing(house: Database, tmp_path: Path) -> None:
    before = [kept(house, reference) for reference in ACCOUNTS]

    for reference in ACCOUNTS:
        account("show", reference, "--on", str(TODAY + timedelta(days=200)), data=tmp_path)
        account("quote", reference, "--on", str(TODAY + timedelta(days=200)), data=tmp_path)

    assert [kept(house, reference) for reference in ACCOUNTS] == before
