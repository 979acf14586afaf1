"""Taking a posting back, wholly (reversal) or in part (chargeback), on a later day.

What a payment paid is owed again, each part on its own due date. What a charge raised is no longer
owed; where it was paid meanwhile, that money pays other debts or becomes credit.
"""

from __future__ import annotations

from datetime import date

from lending.accounts import EntryKind
from lending.entries import Part, Posting
from lending.terms import Component
from lending.walk import Effect, Walk, merged, resized

PAYMENTS = frozenset({EntryKind.REPAYMENT, EntryKind.RECOVERY})


def reverse(walk: Walk, posting: Posting) -> None:
    """Take back all that is still in effect of the posting named."""
    target = posting.reverses or ""
    effect = walk.effects.get(target, Effect(EntryKind.REVERSAL))
    if effect.kind is EntryKind.WRITE_OFF:
        # What was recovered meanwhile stays paid.
        effect.parts = walk.written.pop(target, [])
    taken, effect.parts, effect.credit = Effect(effect.kind, effect.parts, effect.credit), [], 0
    _take_back(walk, posting, taken)
    _write_off_again(walk, posting, effect)
    walk.use_credit(posting.key, posting.effective_on)


def charge_back(walk: Walk, posting: Posting) -> None:
    """Money that a card scheme takes back: of the payment named, its newest use first; beyond it,
    or when none is named, of the credit, then as principal due at once.
    """
    named = walk.effects.get(posting.reverses or "")
    effect = named if named and named.kind in PAYMENTS else Effect(EntryKind.REPAYMENT)
    taken, beyond = _cut(effect, posting.amount.minor)
    if posting.reverses and beyond:
        walk.short[posting.key] = beyond
    taken.credit += beyond
    _take_back(walk, posting, taken)
    _write_off_again(walk, posting, effect)
    walk.use_credit(posting.key, posting.effective_on)


def _cut(effect: Effect, minor: int) -> tuple[Effect, int]:
    """Cut so much out of a payment's effect; what it gave no longer covers is left over."""
    credit = min(effect.credit, minor)
    effect.credit -= credit
    rest, parts = minor - credit, []
    while rest and effect.parts:
        part = effect.parts.pop()
        cut = min(rest, -part.minor)
        if cut < -part.minor:
            effect.parts.append(resized(part, part.minor + cut))
        parts.append(resized(part, -cut))
        rest -= cut
    return Effect(effect.kind, parts, credit), rest


def _take_back(walk: Walk, posting: Posting, taken: Effect) -> None:
    on = posting.effective_on
    restored = [walk.debts.raised(p, -p.minor) for p in taken.parts if p.minor < 0]
    lowered, paid_meanwhile = _lower(walk, [p for p in taken.parts if p.minor > 0])
    again, credit = _uncredit(walk, taken.credit, on)
    other = walk.debts.pay(paid_meanwhile, on)
    walk.record(posting, [*restored, *lowered, *again, *other.parts], credit=credit + other.rest)
    for part in merged([*restored, *again]):
        _uncharge(walk, posting.key, part, on)


def _lower(walk: Walk, raised: list[Part]) -> tuple[list[Part], int]:
    lowered, paid = [], 0
    for part in raised:
        walk.dues.unlend(part)
        cut, was_paid = walk.debts.lower(part)
        paid += was_paid
        if cut:
            lowered.append(cut)
    return lowered, paid


def _uncredit(walk: Walk, minor: int, on: date) -> tuple[list[Part], int]:
    """Take credit back; where it was used, what it paid last is owed again; where it was paid
    out, it is principal due at once. The credit's change comes second.
    """
    if minor <= 0:
        return [], -minor
    taken = min(walk.credit, minor)
    missing, parts = minor - taken, []
    while missing and walk.used:
        part = walk.used.pop()
        back = min(missing, -part.minor)
        if back < -part.minor:
            walk.used.append(resized(part, part.minor + back))
        parts.append(walk.debts.raised(part, back))
        missing -= back
    if missing:
        debt = walk.debts.debt(0, 0, Component.PRINCIPAL, on)
        parts.append(walk.debts.change(debt, missing))
    return parts, -taken


def _uncharge(walk: Walk, key: str, restored: Part, on: date) -> None:
    """Interest that was charged early only because it was paid waits for its due date again."""
    back = walk.debts.send_back(restored, on)
    if back:
        name = f"interest:{back.version}:{back.number}:back:{key}"
        walk.line(name, EntryKind.INTEREST, on, [back])


def _write_off_again(walk: Walk, posting: Posting, effect: Effect) -> None:
    """Debts that came back to life for a recovery are gone again with it."""
    gone = []
    for write_off, part in effect.revived:
        cut, _ = walk.debts.lower(part) if write_off in walk.written else (None, 0)
        if cut:
            walk.written[write_off].append(cut)
            gone.append(cut)
    effect.revived = []
    if gone:
        key = f"unrevived:{posting.key}"
        walk.line(key, EntryKind.WRITE_OFF, posting.effective_on, gone)
