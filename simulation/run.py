"""One strategy over one portfolio from start to end: made, run, examined, counted."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from compliance.profile import Profile
from scheduler.strategy import Strategy
from simulation.audit import Breach, Contact, examine
from simulation.audit import World as Facts
from simulation.behaviour import Behaviour
from simulation.draws import Draws
from simulation.errors import NothingToSimulate
from simulation.outcome import DueOutcome, Person, late_figures, weeks
from simulation.people import PLACES, people
from simulation.world import Life, World
from store.db import Database
from store.simulated import NewPerson, SentReminder

LENDER = "Northbank"
_MEMORY = Path("/dev/shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to simulate. `profile` makes a synthetic portfolio; `source` copies a real one."""

    borrowers: int
    days: int
    profile: str
    seed: int
    start: date
    source: Database | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`stages`: messages by days from the due date; `ways`: by channel; `weeks`: by week."""

    label: str
    order: Order
    people: Sequence[Person]
    messages: int
    stages: Mapping[int, int]
    ways: Mapping[str, int]
    weeks: Sequence[int]
    paid_weeks: Sequence[int]
    blocked: Mapping[tuple[str, str], int]
    held_back: Mapping[tuple[str, str], int]
    breaches: Sequence[Breach]


def simulate(
    order: Order,
    strategy: Strategy,
    behaviour: Behaviour,
    profiles: Callable[[str], Profile],
    progress: Callable[[int], None] = lambda _: None,
) -> Result:
    """Raises NothingToSimulate. The database of the run is made in memory, and gone afterwards."""
    folder = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=folder, prefix="tideover-simulation-") as place:
        # What is sealed in a real portfolio stays so in the copy, and is found by the same index.
        keys = order.source.keys if order.source is not None else None
        database = Database(f"sqlite:///{place}/run.db", keys=keys)
        try:
            database.migrate()
            draws = Draws(order.seed)
            world = World(
                database=database,
                strategy=strategy,
                behaviour=behaviour,
                draws=draws,
                profiles=profiles,
                start=order.start,
                days=order.days,
                lender_name=LENDER,
            )
            _fill(world, order, behaviour, draws)
            asyncio.run(world.run(progress))
            return _result(world, order, strategy, behaviour)
        finally:
            database.close()


def _fill(world: World, order: Order, behaviour: Behaviour, draws: Draws) -> None:
    if order.source is not None:
        count = world.books.copy_from(order.source)
    else:
        place = PLACES[order.profile]
        count = world.books.add_people(
            (
                NewPerson(
                    number=one.number,
                    given_name=one.given_name,
                    language=one.language,
                    timezone=one.timezone,
                    jurisdiction=place.jurisdiction,
                    country=place.country,
                    currency=place.currency,
                    is_card=one.is_card,
                    amount=one.amount,
                    due=one.due,
                    channels=one.channels,
                    consented=one.consented,
                )
                for one in people(order.borrowers, place, behaviour, draws, order.start)
            ),
            order.start,
        )
    if not count:
        raise NothingToSimulate(
            "There are no borrowers to simulate.", hint="Import a portfolio, or name a profile."
        )


def _result(world: World, order: Order, strategy: Strategy, behaviour: Behaviour) -> Result:
    end = order.start + timedelta(days=order.days)
    # What a channel refused reached nobody.
    sent = [one for one in world.sent if one.delivery != "failed"]
    begun = datetime.combine(order.start, time(), UTC)
    lives = world.everyone()
    paid = [due.paid_at for life in lives for due in life.dues if due.paid_at is not None]
    return Result(
        label=strategy.label,
        order=order,
        people=_people(lives, sent, behaviour, end),
        messages=len(sent),
        stages=dict(sorted(Counter(one.offset_days for one in sent).items())),
        ways=dict(sorted(Counter(one.channel for one in sent).items())),
        weeks=weeks([one.at for one in sent], begun, order.days),
        paid_weeks=weeks(paid, begun, order.days),
        blocked=world.books.blocked(),
        held_back=world.books.held_back(),
        breaches=examine(_contacts(world, sent), _facts(world)),
    )


def _people(
    lives: Sequence[Life], sent: Sequence[SentReminder], behaviour: Behaviour, end: date
) -> list[Person]:
    costs = behaviour.costs
    spent: dict[int, float] = defaultdict(float)
    contacts: Counter[int] = Counter()
    for one in sent:
        contacts[one.account_id] += 1
        spent[one.account_id] += costs.message.get(one.channel, 0.0)
    found = []
    for life in lives:
        key = life.account.account_id
        dues = [
            DueOutcome(
                due_on=due.first_due_on,
                paid_on=due.paid_at.astimezone(life.zone).date() if due.paid_at else None,
            )
            for due in life.dues
        ]
        over = [kept for by, kept in life.promises if by < end]
        found.append(
            Person(
                account_id=key,
                contacts=contacts[key],
                promises=len(life.promises),
                promises_kept=sum(over),
                plans=life.plans,
                complaints=life.complaints,
                stops=life.stops,
                cost=spent[key] + costs.complaint * life.complaints + costs.plan * life.plans,
                **late_figures(dues, end),
            )
        )
    return found


def _contacts(world: World, sent: Sequence[SentReminder]) -> list[Contact]:
    found = []
    for one in sent:
        account = world.lives[one.account_id].account
        found.append(
            Contact(
                message_id=one.message_id,
                borrower_id=one.borrower_id,
                account_id=one.account_id,
                due_on=one.due_on,
                step=one.step,
                offset_days=one.offset_days,
                channel=one.channel,
                at=one.at,
                timezone=account.timezone,
                jurisdiction=account.jurisdiction,
                text=one.text,
                arrived=world.told.delivered.get(one.message_id, 0),
            )
        )
    return found


def _facts(world: World) -> Facts:
    quiet: dict[int, list[tuple[datetime, date, str, date | None]]] = defaultdict(list)
    for one in world.told.quiet:
        quiet[one.borrower_id].append((one.since, one.until_on, one.why, one.about))
    stopped: dict[tuple[int, str], datetime] = {}
    for borrower, channel, at in world.told.stopped:
        medium = channel if channel in ("sms", "email") else "chat"
        stopped.setdefault((borrower, medium), at)
    return Facts(
        # A due date that a plan moved is not owed on its first day any more, so that day is left out.
        paid_at={
            (life.account.account_id, due.due_on): due.paid_at
            for life in world.everyone()
            for due in life.dues
            if due.paid_at is not None
        },
        quiet=quiet,
        stopped=stopped,
        consents=world.books.consents(),
        lender=LENDER,
    )
