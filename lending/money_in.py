"""Money received: it pays what is owed, then what was written off, then becomes credit."""

from __future__ import annotations

from datetime import date

from lending.accounts import EntryKind
from lending.debts import Payment
from lending.entries import Part, Posting
from lending.walk import Walk, by_component, resized


def receive(walk: Walk, posting: Posting) -> None:
    """Money pays what is owed, then what was written off, then becomes credit."""
    on, key = posting.effective_on, posting.key
    paid, credit = _pay_split(walk, posting) if posting.split else (None, 0)
    if paid is None:
        paid = walk.debts.pay(posting.amount.minor, on, in_advance=True)
    walk.charge_early(key, on, paid.brought)
    revived = _revive(walk, key, on, paid)
    if posting.kind is EntryKind.RECOVERY and paid.rest:
        walk.short[key] = paid.rest
    effect = walk.record(posting, paid.parts, credit=credit + paid.rest)
    effect.revived = revived


def _pay_split(walk: Walk, posting: Posting) -> tuple[Payment, int]:
    """Pay the components that the lender's books say; what no longer fits, in our order."""
    split, on = posting.split, posting.effective_on
    assert split is not None
    result = Payment()
    for component, minor in by_component(split).items():
        paid = walk.debts.pay(-minor, on, components={component}, in_advance=True)
        result.parts += paid.parts
        result.brought += paid.brought
        result.rest += paid.rest
    over = walk.debts.pay(result.rest, on, in_advance=True)
    result.parts += over.parts
    result.brought += over.brought
    result.rest = over.rest
    return result, split.credit.minor


def _revive(walk: Walk, key: str, on: date, paid: Payment) -> list[tuple[str, Part]]:
    """Bring debts that were written off back as far as the money pays them."""
    revived = []
    for write_off, parts in walk.written.items():
        while parts and paid.rest:
            part = parts.pop(0)
            taken = min(paid.rest, -part.minor)
            back = walk.debts.raised(part, taken)
            if taken < -part.minor:
                parts.insert(0, resized(part, part.minor + taken))
            revived.append((write_off, back))
            paid.parts.append(walk.debts.raised(part, -taken))
            paid.rest -= taken
    if revived:
        parts_back = [part for _, part in revived]
        walk.line(f"revived:{key}", EntryKind.WRITE_OFF, on, parts_back)
    return revived
