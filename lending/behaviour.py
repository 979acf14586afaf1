"""How an account was repaid, cycle by cycle, and what of that says how the next payment may go.

Only repayment behaviour is here. Who the borrower is (name, age, sex, family, schooling, place,
language) is no field of these types, so it cannot reach a score.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from lending.errors import LendingError

CYCLES = 6
"""How many cycles back a history looks."""

_FULL = 1.2
"""A share of the balance at and above which paying more tells nothing more."""


class NoHistory(LendingError):
    """An account without a single closed cycle cannot be scored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One due date as it stood when its cycle ended. Amounts are minor units.

    `balance`: what was owed in all. `paid`: received since the cycle before. `behind`: due dates
    missed in a row, counted back from this one; 0 is in time.
    """

    balance: int
    paid: int
    behind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The last cycles, newest first, one to `CYCLES` of them.

    `limit`: a card's credit limit, or the amount lent. `broken_promises` and
    `unanswered_reminders` are of the time that the cycles cover. Raises NoHistory, LendingError.
    """

    cycles: tuple[Cycle, ...]
    limit: int
    broken_promises: int = 0
    unanswered_reminders: int = 0

    def __post_init__(self) -> None:
        if not self.cycles:
            raise NoHistory("No cycle has closed yet.", hint="Score it after its first due date.")
        if self.limit <= 0 or len(self.cycles) > CYCLES:
            raise LendingError("A history without a limit, or too long.", hint="Check the account.")


FEATURES = MappingProxyType(
    {
        "behind_now": "payments missed in a row, now",
        "behind_before": "payments missed in a row, one cycle ago",
        "behind_two_before": "payments missed in a row, two cycles ago",
        "behind_recent": "most payments missed in a row in three cycles",
        "behind_most": "most payments missed in a row in six cycles",
        "late_cycles": "cycles that ended with a payment missing",
        "late_cycles_deep": "cycles that ended with two or more payments missing",
        "behind_trend": "whether missed payments are growing",
        "used_share": "balance as a share of the limit",
        "used_share_mean": "usual balance as a share of the limit",
        "used_share_trend": "how the balance has moved over the cycles",
        "used_share_step": "how the balance moved in the last cycle",
        "paid_share": "share of the balance that was paid last",
        "paid_share_before": "share of the balance that was paid the time before",
        "paid_share_recent": "share of the balance paid over three cycles",
        "paid_share_least": "smallest share of the balance that was paid",
        "paid_share_mean": "share of the balance that is usually paid",
        "unpaid_cycles": "cycles with a balance and no payment",
        "paid_of_limit": "last payment, beside the limit",
        "paid_of_limit_before": "payment before the last, beside the limit",
        "paid_of_limit_mean": "usual payment, beside the limit",
        "full_payments": "cycles in which the whole balance was paid",
        "idle_cycles": "cycles without a balance",
        "limit": "the limit, or the amount lent",
        "paid_total": "all that was paid over the cycles",
        "broken_promises": "promises that were not kept",
        "unanswered_reminders": "reminders without an answer or a payment",
    }
)
"""Each feature with its meaning in plain words, as reasons are shown to staff."""


def features_of(history: History) -> dict[str, float]:
    """The features of `FEATURES`, in its order. A cycle that is not there counts as the oldest.

    Shares and counts are plain numbers; `limit` and `paid_total` are minor units, so a model fits
    one currency.
    """
    cycles = history.cycles + (history.cycles[-1],) * (CYCLES - len(history.cycles))
    behind = [cycle.behind for cycle in cycles]
    used = [cycle.balance / history.limit for cycle in cycles]
    of_limit = [cycle.paid / history.limit for cycle in cycles]
    known = history.cycles
    shares = [_share(now, before) for now, before in pairwise(known)]
    shares = (shares or [_FULL]) + [(shares or [_FULL])[-1]] * (CYCLES - 1 - len(shares))
    owing = [before.balance > 0 for before in known[1:]]
    values = (
        behind[0],
        behind[1],
        behind[2],
        max(behind[:3]),
        max(behind),
        sum(cycle.behind > 0 for cycle in known),
        sum(cycle.behind > 1 for cycle in known),
        behind[0] - behind[2],
        used[0],
        sum(used) / CYCLES,
        used[0] - used[-1],
        used[0] - used[1],
        shares[0],
        shares[1],
        sum(shares[:3]) / 3,
        min(shares),
        sum(shares) / len(shares),
        sum(o and now.paid <= 0 for o, now in zip(owing, known, strict=False)),
        of_limit[0],
        of_limit[1],
        sum(of_limit) / CYCLES,
        sum(share >= 1 for share in shares),
        sum(cycle.balance <= 0 and cycle.paid <= 0 for cycle in known),
        history.limit,
        sum(cycle.paid for cycle in known),
        history.broken_promises,
        history.unanswered_reminders,
    )
    return dict(zip(FEATURES, map(float, values), strict=True))


def _share(now: Cycle, before: Cycle) -> float:
    """What was paid of the balance before; nothing to pay counts as all paid."""
    return min(max(now.paid / before.balance, 0.0), _FULL) if before.balance > 0 else _FULL
