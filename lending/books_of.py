"""The ledger of an account whose interest and charges are worked out here, from its file.

An account without postings is a mirror of the lender's own books: its entries stand as they came,
and nothing is derived.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from lending.account_file import AccountFile
from lending.accounts import LedgerEntry, Statement
from lending.card_charges import CardCharges
from lending.card_statement import statements
from lending.derived_holds import derived_holds
from lending.entries import ChargeRules, Derived
from lending.holds import Hold
from lending.ids import LedgerEntryId
from lending.ledger import derive
from lending.ledger_types import DerivedLedger, LedgerFile
from lending.loan_charges import LoanCharges
from lending.terms import CardTerms

_NOT_BOOKED = LedgerEntryId(0)
_NEVER = datetime.max.replace(tzinfo=UTC)
_DAY = timedelta(days=1)


def is_derived(file: AccountFile) -> bool:
    """Whether interest and charges are worked out here, and not by the lender's system."""
    return bool(file.postings)


def holds_in_force(file: AccountFile, through: date) -> tuple[Hold, ...]:
    """The holds that were placed, and those that payments on their way and promises bring."""
    derived = derived_holds(
        file.account,
        payments=file.payments,
        promises=file.promises,
        feed=None,
        today=through,
        timezone="UTC",
    )
    return (*file.holds, *derived)


def charge_rules(file: AccountFile, through: date) -> ChargeRules:
    """The charges that the account's terms bring about, less what holds known then suspend."""
    account, holds = file.account, holds_in_force(file, through)
    match account.terms:
        case CardTerms() as terms:
            return CardCharges(terms=terms, opened_on=account.opened_on, holds=holds)
        case terms:
            return LoanCharges(terms=terms, schedules=file.schedules, holds=holds)


def ledger_file(file: AccountFile, through: date) -> LedgerFile:
    return LedgerFile(
        account=file.account,
        rules=charge_rules(file, through),
        schedules=file.schedules,
        postings=file.postings,
        entries=file.entries,
    )


def derived_ledger(file: AccountFile, through: date) -> DerivedLedger:
    """The ledger at the end of `through`, as the postings known now make it."""
    return derive(
        file.account,
        rules=charge_rules(file, through),
        postings=file.postings,
        through=through,
        schedules=file.schedules,
    )


def statements_of(file: AccountFile, through: date) -> tuple[Statement, ...]:
    """A card's statements that closed by the end of `through`; none for a loan or a mirror."""
    terms = file.account.terms
    if not isinstance(terms, CardTerms) or not is_derived(file):
        return ()
    lines = derived_ledger(file, through).lines
    return statements(terms, file.account.opened_on, lines, through)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An account at the start of a day: its file, and its derived ledger unless it is a mirror.

    With a ledger, the file's entries are its lines, booked already or not, and its statements are
    those that the lines come to.
    """

    file: AccountFile
    ledger: DerivedLedger | None


def standing(file: AccountFile, on: date) -> Standing:
    """The account with what falls due by the start of `on`, whether it is booked already or not.

    A question about an account must not depend on when the books were last brought up to date.
    A loan's charges of `on` come at its start and are in; a card's come at its end and are not.
    """
    if not is_derived(file):
        return Standing(file=file, ledger=None)
    terms = file.account.terms
    ledger = derived_ledger(file, on)
    if not isinstance(terms, CardTerms):
        seen = replace(file, entries=tuple(_as_entry(line) for line in ledger.lines))
        return Standing(file=seen, ledger=ledger)
    told = {posting.key for posting in file.postings}
    lines = tuple(line for line in ledger.lines if line.effective_on < on or line.key in told)
    seen = replace(
        file,
        entries=tuple(_as_entry(line) for line in lines),
        statements=statements(terms, file.account.opened_on, lines, on - _DAY),
    )
    return Standing(file=seen, ledger=replace(ledger, lines=lines))


def _as_entry(line: Derived) -> LedgerEntry:
    """A line as an entry; its number and booking time say that nobody may refer to it."""
    split = line.split
    return LedgerEntry(
        id=_NOT_BOOKED,
        kind=line.kind,
        effective_on=line.effective_on,
        booked_at=_NEVER,
        idempotency_key=line.key,
        principal=split.principal,
        interest=split.interest,
        fee=split.fee,
        penalty=split.penalty,
        credit=split.credit,
        payment_id=line.payment_id,
    )
