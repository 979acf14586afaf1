"""Planners and dispatchers killed at random while payments land; the long form is bench/chaos.py."""

from __future__ import annotations

from bench.chaos import run_chaos


def test_nothing_twice_nothing_lost_nothing_after_a_payment(postgresql_database_url: str) -> None:
    found = run_chaos(
        postgresql_database_url, accounts=240, seconds=8, seed=3, kill_every_s=0.4, dispatchers=3
    )
    assert found.is_clean, found
    assert found.killed >= 5
    assert found.arrived >= 20
    assert found.paid >= 20
