"""How long the search for plans takes: `python -m bench.plans`.

A loan in arrears with 12, 60 and 360 instalments left, over the whole policy of a jurisdiction, its
limits on length lifted so that nothing is left out:

- fits: a budget that some plan meets; tight: one that only staff's reliefs meet;
- nothing: a budget that no plan meets, so that the space is gone through twice;
- nearest: after that, the plan that comes nearest, for the person who looks at it;
- unit: one schedule of as many rows by numpy-financial (payment, interest and principal of each).

Rounds alternate; shown are the median and the smallest and largest, in
milliseconds of one core's time, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy
import numpy_financial

from bench.machine import machine, spread
from lending.money import Money
from lending.plan_candidates import Limits, candidates_of
from lending.plan_case import PlanCase
from lending.plan_policy import Approval, PlanPolicy
from lending.plan_search import NO_LIMIT, Wanted, nearest, search
from lending.schedule import build_schedule
from lending.terms import LoanTerms, Method
from store.plan_policy_file import PolicyShelf

RESULTS = Path(__file__).with_name("results") / "plans.md"
LEFT = (12, 60, 360)
BAR_MS = 20
ON = date(2026, 11, 20)
SHARES = {"fits": 70, "tight": 25, "nothing": 1}
"""What the household can pay, in percent of today's payment."""

Work = Callable[[], object]


def case(left: int, method: Method) -> PlanCase:
    """A loan of 20,000.00 at 12.99 %, four payments behind, with fees."""
    terms = LoanTerms(
        principal=Money(2_000_000, "USD"),
        annual_rate_bp=1_299,
        instalments=left,
        first_due_on=date(2026, 12, 10),
        disbursed_on=date(2026, 11, 10),
        method=method,
    )
    return PlanCase(
        terms=terms,
        on=ON,
        start=date(2026, 11, 10),
        rows=build_schedule(terms),
        rate_bp=terms.annual_rate_bp,
        overdue=80_000,
        interest=20_000,
        fee=4_500,
        penalty=300,
        prepaid=0,
        last_number=4,
    )


def size(one: PlanCase, policy: PlanPolicy) -> int:
    """How many plans the space has, settlements apart."""
    no_limit = Limits(
        during=NO_LIMIT, later=NO_LIMIT, least=0, until=ON, latest=date.max, longer_than=0
    )
    return len(
        candidates_of(one, replace(policy, largest_waiver={}), Approval.STAFF, None, no_limit)
    )


def unit(left: int) -> object:
    """One schedule by numpy-financial."""
    periods = numpy.arange(left) + 1
    rate, principal = 0.1299 / 12, 20_000.0
    payment = numpy_financial.pmt(rate, left, principal)
    interest = numpy_financial.ipmt(rate, periods, left, principal)
    return payment, interest, numpy_financial.ppmt(rate, periods, left, principal)


def work(one: PlanCase, policy: PlanPolicy, share: int) -> Work:
    monthly = Money(one.normal * share // 100, "USD")
    wanted = Wanted(monthly=monthly, months=6)

    return lambda: search(one, policy, wanted)


def timed(run: Work) -> float:
    started = time.process_time()
    run()
    return (time.process_time() - started) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--policy", default="US")
    args = parser.parse_args()
    told = PolicyShelf().policy(args.policy, "instalment_loan")
    policy = replace(told, longest_payments=600, longest_months=480)
    lines = []
    for method in (Method.ANNUITY, Method.EQUAL_PRINCIPAL, Method.FLAT):
        for left in LEFT:
            one = case(left, method)
            works = {name: work(one, policy, share) for name, share in SHARES.items()}
            asked = Wanted(monthly=Money(one.normal // 100, "USD"), months=6)
            works["nearest"] = lambda one=one, asked=asked: nearest(one, policy, asked)  # type: ignore[misc]
            works["unit"] = lambda left=left: unit(left)  # type: ignore[misc]
            times: dict[str, list[float]] = {name: [] for name in works}
            for run in works.values():
                run()
            for _ in range(args.rounds):
                for name, run in works.items():
                    times[name].append(timed(run))
            cells = [spread(times[name], 1) for name in (*SHARES, "nearest")]
            plans = size(one, policy)
            lines.append(
                f"| {method.value} | {left} | {plans:,} | {' | '.join(cells)} | {spread(times['unit'], 2)} |"
            )
            print(lines[-1], flush=True)
    RESULTS.write_text(report(args.policy, args.rounds, lines), "utf-8")


def report(policy: str, rounds: int, lines: list[str]) -> str:
    head = (
        f"# The search for plans\n\n`python -m bench.plans`, {machine()}, policy {policy}, {rounds} rounds. "
        f"Milliseconds of one core for one account, whole policy space; bar: {BAR_MS} ms with 60 left. Median (smallest "
        "to largest).\n\n"
        "| method | instalments left | plans in the space | fits | tight | nothing fits | the nearest then | one "
        "numpy-financial schedule |\n|---|---|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
