"""The bench of the ledger, made small: it runs, agrees with its peer, and reports every figure."""

from __future__ import annotations

import pytest

from bench.ledger import Plan, measure, parse_arguments, text


def test_a_small_bench_measures_everything_and_reports_it() -> None:
    plan = Plan(accounts=[10, 50], entries=60, rounds=1, sample=10, loans=4)

    [figures] = measure(plan, None)

    assert [size.accounts for size in figures.sizes] == [10, 50]
    assert [[made.accounts for made in size.passes] for size in figures.sizes] == [[10], [50]]
    [paid] = figures.booking[1]
    assert (paid.payments, paid.entries) == (4 * 12, 4 * 12 * 2)
    report = text(plan, [figures])
    assert "| SQLite | 50 |" in report and "an account of 50 costs" in report


@pytest.mark.parametrize("wrong", ["100,10", "0", "10,10"])
def test_sizes_that_do_not_rise_are_refused(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(["--accounts", wrong])
    assert "must rise" in capsys.readouterr().err
