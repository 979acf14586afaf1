"""Two hundred invented borrowers in every situation that the assistant must know. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from random import Random

from lending.accounts import Borrower
from lending.dates import local_day
from lending.ids import BorrowerId
from lending.terms import Frequency
from store.demo_book import Book, DemoAccount, Numbers, Situation, State
from store.demo_cards import CardWish, invent_card
from store.demo_loans import LoanWish, invent_loan
from store.demo_personas import PERSONAS, Persona, PersonaPlan
from store.demo_places import LENDING, PLACES, Lending, Place, invent_name, phone_of

_SEED = 20_260_101

# How many of each situation are wanted: (state, fewest days, most days, loans, cards).
_MIX = (
    (State.ON_TIME, 8, 16, 26, 17),
    (State.DUE_SOON, 1, 7, 22, 14),
    (State.DUE_TODAY, 0, 0, 6, 4),
    (State.AHEAD, 3, 14, 14, 6),
    (State.PENDING, -4, 7, 8, 4),
    (State.SETTLED, 30, 200, 10, 4),
    (State.LATE, 1, 3, 7, 4),
    (State.LATE, 4, 14, 7, 4),
    (State.LATE, 15, 30, 6, 3),
    (State.LATE, 31, 60, 6, 3),
    (State.LATE, 61, 90, 6, 3),
    (State.LATE, 91, 120, 8, 3),
)
_SECOND_ACCOUNTS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoBorrower:
    """`contact_points` are (kind, value); `birth_date` is what the second fact is made of."""

    borrower: Borrower
    birth_date: date
    contact_points: tuple[tuple[str, str], ...]
    accounts: tuple[DemoAccount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPortfolio:
    """Everything that the demo starts with. Ids run from 1 without gaps."""

    personas: tuple[Persona, ...]
    borrowers: tuple[DemoBorrower, ...]


@lru_cache(maxsize=4)
def demo_portfolio(today: date, now: datetime) -> DemoPortfolio:
    """The same portfolio for the same arguments, on every machine.

    `now` (aware) gives each borrower's local day, to which due dates relate; `today`, the
    lender's day, gives the ages.
    """
    maker = _Maker(today=today, now=now, rng=Random(_SEED), numbers=Numbers())
    named = [maker.persona(BorrowerId(n), plan) for n, plan in enumerate(PERSONAS, start=1)]
    return DemoPortfolio(
        personas=tuple(plan.persona for plan in PERSONAS),
        borrowers=(*named, *maker.invented(first_id=len(named) + 1)),
    )


class _Maker:
    """Invents borrowers one after the other, and their accounts."""

    def __init__(self, *, today: date, now: datetime, rng: Random, numbers: Numbers) -> None:
        self._today = today
        self._now = now
        self._rng = rng
        self._numbers = numbers
        self._names = {plan.persona.full_name for plan in PERSONAS}

    def persona(self, borrower_id: BorrowerId, plan: PersonaPlan) -> DemoBorrower:
        borrower = plan.borrower(borrower_id)
        accounts = (self._account(borrower, reference, wish) for reference, wish in plan.accounts)
        return DemoBorrower(
            borrower=borrower,
            birth_date=date.fromisoformat(plan.persona.second_fact),
            contact_points=_contact_points(borrower),
            accounts=tuple(accounts),
        )

    def invented(self, *, first_id: int) -> Iterator[DemoBorrower]:
        """One borrower for each wanted situation, spread over the places by chance."""
        places = [place for place in PLACES for _ in range(place.people)]
        wanted = list(_situations(self._rng))
        self._rng.shuffle(wanted)
        for n, (place, (prefix, situation)) in enumerate(zip(places, wanted, strict=True)):
            borrower = self._borrower(BorrowerId(first_id + n), place)
            number = 1001 + n
            accounts = [self._chance_account(borrower, f"{prefix}-{number}", situation)]
            if n % (len(places) // _SECOND_ACCOUNTS) == 0:
                other = "CC" if prefix == "PL" else "PL"
                second = self._second_situation()
                accounts.append(self._chance_account(borrower, f"{other}-{number}", second))
            yield DemoBorrower(
                borrower=borrower,
                birth_date=self._birth_date(),
                contact_points=_contact_points(borrower),
                accounts=tuple(accounts),
            )

    def _borrower(self, borrower_id: BorrowerId, place: Place) -> Borrower:
        full_name, given_name = invent_name(place, self._rng, self._names)
        return Borrower(
            id=borrower_id,
            reference=f"NB-{995 + borrower_id}",
            full_name=full_name,
            given_name=given_name,
            language=place.language,
            timezone=place.timezone,
            jurisdiction=place.jurisdiction,
            country=place.country,
        )

    def _second_situation(self) -> Situation:
        state = self._rng.choice((State.ON_TIME, State.ON_TIME, State.DUE_SOON, State.LATE))
        return Situation(state, self._rng.randint(8, 14))

    def _birth_date(self) -> date:
        return self._today - timedelta(days=self._rng.randint(22 * 366, 70 * 365))

    def _chance_account(
        self, borrower: Borrower, reference: str, situation: Situation
    ) -> DemoAccount:
        lending = LENDING[borrower.jurisdiction]
        make: Callable[[Situation, Lending, Random], LoanWish | CardWish]
        make = _wish_loan if reference.startswith("PL") else _wish_card
        return self._account(borrower, reference, make(situation, lending, _chance(reference)))

    def _account(
        self, borrower: Borrower, reference: str, wish: LoanWish | CardWish
    ) -> DemoAccount:
        lending = LENDING[borrower.jurisdiction]
        book = Book(
            reference=reference,
            currency=lending.currency,
            timezone=borrower.timezone,
            now=self._now,
            numbers=self._numbers,
        )
        today = local_day(self._now, borrower.timezone)
        chance = _chance(f"{reference}/history")
        if isinstance(wish, LoanWish):
            return invent_loan(
                wish, borrower_id=borrower.id, book=book, lending=lending, today=today, rng=chance
            )
        return invent_card(
            wish, borrower_id=borrower.id, book=book, lending=lending, today=today, rng=chance
        )


def _chance(name: str) -> Random:
    """Chance of its own for each account, so that a longer month changes nobody else."""
    return Random(f"{_SEED}/{name}")


def _situations(rng: Random) -> Iterator[tuple[str, Situation]]:
    """Account prefix (PL loan, CC card) and situation; the days run evenly over each range."""
    for state, fewest, most, loans, cards in _MIX:
        for prefix, wanted in (("PL", loans), ("CC", cards)):
            for n in range(wanted):
                step = (most - fewest) * n // max(1, wanted - 1)
                yield prefix, Situation(state, fewest + step)


def _wish_loan(situation: Situation, lending: Lending, rng: Random) -> LoanWish:
    low, high = lending.principal
    is_short = situation.state in (State.DUE_SOON, State.LATE) and situation.days <= 6
    frequency = rng.choice(tuple(Frequency)) if is_short else Frequency.MONTHLY
    before = rng.randint(3, 14)
    return LoanWish(
        situation=situation,
        principal=rng.randrange(low, high, low // 15 // 100 * 100),
        annual_rate_bp=rng.randint(*lending.loan_rate),
        instalments=before + rng.choice((6, 10, 14, 22)),
        before=before,
        frequency=frequency,
    )


def _wish_card(situation: Situation, lending: Lending, rng: Random) -> CardWish:
    low, high = lending.card_limit
    return CardWish(
        situation=situation,
        limit=rng.randrange(low, high, 500_00),
        annual_rate_bp=rng.randint(*lending.card_rate),
        before=rng.randint(4, 9),
    )


def _contact_points(borrower: Borrower) -> tuple[tuple[str, str], ...]:
    return (
        ("phone", phone_of(borrower.country, borrower.id)),
        ("email", f"{borrower.reference.lower()}@example.com"),
    )
