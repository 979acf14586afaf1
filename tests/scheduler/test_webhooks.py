"""Events reach the lender's system at least once and in order for each borrower, whatever happens."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from bot.events import emit
from lending.events import EventState, EventType
from lending.ids import BorrowerId
from scheduler.webhook_post import HttpPost
from scheduler.webhooks import (
    DELAYS_SECONDS,
    LEASE,
    BadWebhookSecret,
    Passed,
    Reply,
    deliver_due,
    next_try_at,
    read_secrets,
)
from store.db import Database
from tests.house import NOW, HandClock
from tests.scheduler.receiver import SECRET, Receiver
from tests.store.rows import add_borrower

pytest_plugins = ["tests.database"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def happen(database: Database, borrower: BorrowerId, clock: HandClock, times: int = 1) -> None:
    for _ in range(times):
        with database.unit() as uow:
            emit(uow, EventType.PROMISE_MADE, at=clock(), borrower_id=borrower, amount_minor=5_000)
            uow.commit()


def deliver(database: Database, receiver: Receiver, clock: HandClock) -> Passed:
    with contextlib.closing(HttpPost(receiver.url, timeout_seconds=5)) as post:
        return deliver_due(database, post, [SECRET], clock)


def states(database: Database) -> list[EventState]:
    with database.unit() as uow:
        return [event.state for event in uow.outgoing.page(after=0, limit=1_000)]


def settle(database: Database, receiver: Receiver, clock: HandClock) -> None:
    """Let time pass until nothing waits."""
    for _ in range(200):
        deliver(database, receiver, clock)
        if EventState.WAITING not in states(database):
            return
        clock.forward(hours=1)
    raise AssertionError("some events were never delivered")


def test_an_event_of_an_undone_change_is_never_sent(
    database: Database, receiver: Receiver, clock: HandClock
) -> None:
    borrower = add_borrower(database)
    with database.unit() as uow:
        emit(uow, EventType.COMPLAINT_MADE, at=NOW, borrower_id=borrower)

    assert deliver(database, receiver, clock) == Passed()
    assert states(database) == []


def test_what_is_sent_says_whom_in_the_lenders_references_and_is_signed(
    database: Database, receiver: Receiver, clock: HandClock
) -> None:
    happen(database, add_borrower(database, "NB-7"), clock)

    assert deliver(database, receiver, clock) == Passed(delivered=1)
    (event,) = receiver.came
    assert event["type"] == "promise.made"
    assert event["timestamp"] == NOW.isoformat()
    assert event["data"] == {
        "borrower": "NB-7",
        "account": None,
        "conversation": None,
        "amount_minor": 5_000,
    }


def test_a_receiver_that_does_not_know_the_secret_counts_as_a_failure(
    database: Database, receiver: Receiver, clock: HandClock
) -> None:
    happen(database, add_borrower(database), clock)
    with contextlib.closing(HttpPost(receiver.url)) as post:
        passed = deliver_due(database, post, [b"another secret of 32 characters.."], clock)

    assert passed.failed == 1
    assert (receiver.forged, receiver.came) == (1, [])


def test_while_one_secret_takes_anothers_place_either_fits(
    database: Database, receiver: Receiver, clock: HandClock
) -> None:
    happen(database, add_borrower(database), clock)
    with contextlib.closing(HttpPost(receiver.url)) as post:
        deliver_due(database, post, [b"the new one, not yet known there", SECRET], clock)

    assert len(receiver.came) == 1


def test_nothing_is_lost_and_order_holds_over_outages_restarts_and_failures(
    database: Database, receiver: Receiver, clock: HandClock
) -> None:
    borrowers = [add_borrower(database, f"NB-{n}") for n in range(5)]
    rng = Random(7)
    for _ in range(8):
        for borrower in rng.sample(borrowers, 3):
            happen(database, borrower, clock, times=rng.randint(1, 3))
        match rng.randint(0, 3):
            case 0:  # nobody listens
                receiver.stop()
                deliver(database, receiver, clock)
                receiver.start()
            case 1:  # some are refused
                receiver.decide = lambda event: rng.choice([200, 500, 400])
                deliver(database, receiver, clock)
            case 2:  # our process dies when the other side has taken them
                die_after_sending(database, receiver, clock)
            case _:
                deliver(database, receiver, clock)
        receiver.decide = lambda event: 200
        clock.forward(minutes=rng.randint(0, 20))
    settle(database, receiver, clock)

    with database.unit() as uow:
        kept = uow.outgoing.page(after=0, limit=1_000)
    arrived = receiver.first_arrivals()
    for reference in {event.borrower for event in kept}:
        assert arrived[reference] == [e.number for e in kept if e.borrower == reference]
    assert len(kept) == sum(map(len, arrived.values())) > 20


class Died(Exception):
    pass


def die_after_sending(database: Database, receiver: Receiver, clock: HandClock) -> None:
    """The other side has the event, and nobody notes it."""

    class Dying:
        calls = 0

        def __call__(self, body: bytes, headers: dict[str, str]) -> Reply:
            with contextlib.closing(HttpPost(receiver.url)) as post:
                post(body, headers)
            raise Died

    with contextlib.suppress(Died):
        deliver_due(database, Dying(), [SECRET], clock)
    clock.now += LEASE


def test_an_event_that_was_taken_but_not_noted_comes_again_with_the_same_id(
    database: Database, receiver: Receiver, clock: HandClock
) -> None:
    happen(database, add_borrower(database), clock)
    die_after_sending(database, receiver, clock)
    settle(database, receiver, clock)

    assert [event["id"] for event in receiver.came] == [receiver.came[0]["id"]] * 2


def test_four_workers_at_once_send_each_event_once_and_in_order(
    database: Database, receiver: Receiver, clock: HandClock
) -> None:
    borrowers = [add_borrower(database, f"NB-{n}") for n in range(6)]
    for _ in range(4):
        for borrower in borrowers:
            happen(database, borrower, clock)
    for _ in range(6):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: deliver(database, receiver, clock), range(4)))

    assert len(receiver.came) == 24
    arrived = receiver.first_arrivals().values()
    assert all(numbers == sorted(numbers) and len(numbers) == 4 for numbers in arrived)


def test_a_refused_event_holds_back_its_borrower_and_nobody_else(
    database: Database, receiver: Receiver, clock: HandClock
) -> None:
    first, second = add_borrower(database, "NB-1"), add_borrower(database, "NB-2")
    happen(database, first, clock, times=2)
    happen(database, second, clock, times=2)
    receiver.decide = lambda event: 400 if event["data"]["borrower"] == "NB-1" else 200

    deliver(database, receiver, clock)

    assert list(receiver.first_arrivals()) == ["NB-2"]
    assert len(receiver.came) == 2


def test_a_dead_event_keeps_its_place_until_someone_replays_or_skips_it(
    database: Database, receiver: Receiver, clock: HandClock
) -> None:
    happen(database, add_borrower(database), clock, times=2)
    receiver.decide = lambda event: 410
    for _ in range(len(DELAYS_SECONDS) + 1):
        deliver(database, receiver, clock)
        clock.forward(hours=9)

    assert states(database) == [EventState.DEAD, EventState.WAITING]
    receiver.decide = lambda event: 200
    assert deliver(database, receiver, clock) == Passed()

    with database.unit() as uow:
        assert uow.outgoing.replay(clock()) == 1
        uow.commit()
    deliver(database, receiver, clock)
    numbers = [event["sequence"] for event in receiver.came]
    assert numbers == sorted(numbers) and len(numbers) == 2


def test_what_was_delivered_can_be_replayed_from_an_instant_on(
    database: Database, receiver: Receiver, clock: HandClock
) -> None:
    borrower = add_borrower(database)
    happen(database, borrower, clock)
    clock.forward(hours=1)
    happen(database, borrower, clock, times=2)
    settle(database, receiver, clock)
    with database.unit() as uow:
        assert uow.outgoing.replay(clock(), since=NOW + timedelta(minutes=30)) == 2
        uow.commit()
    settle(database, receiver, clock)

    assert [event["sequence"] for event in receiver.came] == [1, 2, 3, 2, 3]


@pytest.mark.parametrize("attempts", range(1, len(DELAYS_SECONDS) + 1))
def test_waits_only_grow_and_are_as_documented(attempts: int) -> None:
    again = next_try_at(attempts, NOW, Reply(status=500))

    assert again == NOW + timedelta(seconds=DELAYS_SECONDS[attempts - 1])
    assert sorted(DELAYS_SECONDS) == list(DELAYS_SECONDS)


def test_a_receiver_may_ask_for_more_time_but_not_for_ever() -> None:
    asked = Reply(status=503, retry_after=timedelta(minutes=10))
    for_ever = Reply(status=503, retry_after=timedelta(days=400))

    assert next_try_at(1, NOW, asked) == NOW + timedelta(minutes=10)
    assert next_try_at(1, NOW, for_ever) == NOW + timedelta(hours=8)


@pytest.mark.parametrize("given", ["", "whsec_", "whsec_c2hvcnQ=", "not base64!"])
def test_a_secret_that_would_not_protect_is_refused(given: str) -> None:
    with pytest.raises(BadWebhookSecret) as refused:
        read_secrets(given)
    assert "openssl rand" in refused.value.hint


def test_the_signature_is_that_of_the_published_example() -> None:
    """Standard Webhooks: the secret, id, time and body that its documentation signs."""
    from scheduler.webhooks import headers_of

    class Published:
        key = "msg_p5jXN8AQM9LWM0D4loKWxJek"

    (secret,) = read_secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    moment = NOW.fromtimestamp(1614265330, NOW.tzinfo)
    published: Any = Published()
    headers = headers_of(published, b'{"test": 2432232314}', [secret], moment)

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
