"""What borrowers are told of their payments without having asked just now: it stands by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.contact_case import Lender
from bot.handover import Owner
from bot.messages import Channel
from bot.outbox import Outbox
from bot.pay.news import _KEYS, MOST_TRIES, PayNews
from bot.texts import Texts
from compliance.disclosures import discloses
from compliance.profile_file import load_profile
from lending.pay_ports import News, NewsKind
from store.db import Database
from tests.house import Recorder
from tests.paying import Shop

TEXTS = Texts.load()


class Desk:
    """A shop whose borrower has a chat, and the news of it."""

    def __init__(self, database: Database) -> None:
        self.shop, self.channel = Shop(database), Recorder()
        self.chat = self.shop.chat()
        outbox = Outbox(
            store=database,
            channels={Channel.TELEGRAM: self.channel},
            clock=self.shop.clock,
            profiles=load_profile,
            lender=Lender(),
        )
        self.news = PayNews(
            store=database, outbox=outbox, texts=TEXTS, clock=self.shop.clock, lender="Northbank"
        )

    def add(self, kind: NewsKind, subject: str = "s") -> None:
        account = self.shop.file().account
        with self.shop.database.unit() as uow:
            uow.pay.add_news(
                News(
                    kind=kind,
                    subject=subject,
                    borrower_id=account.borrower_id,
                    account_id=account.id,
                    created_at=self.shop.clock(),
                    next_try_at=self.shop.clock(),
                    conversation_id=self.chat.id,
                    data={"amount_minor": 18_240, "currency": "USD", "on": "2026-11-20"},
                )
            )
            uow.commit()

    def change(self, **changed: object) -> None:
        with self.shop.database.unit() as uow:
            chat = uow.conversations.get(self.chat.id, for_update=True)
            uow.conversations.save(replace(chat, **changed))  # type: ignore[arg-type]
            uow.commit()

    @property
    def texts(self) -> list[str]:
        return [envelope.content.text for envelope in self.channel.sent]


@pytest.fixture
def desk(peopled_sqlite_url: str) -> Iterator[Desk]:
    database = Database(peopled_sqlite_url)
    yield Desk(database)
    database.close()


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
@pytest.mark.parametrize("kind", list(NewsKind))
async def test_it_says_who_writes_what_for_and_how_to_stop(
    desk: Desk, kind: NewsKind, language: str
) -> None:
    desk.change(language=language, language_chosen=True)
    desk.add(kind)

    assert await desk.news.tell() == 1
    assert await desk.news.tell() == 0

    [text] = desk.texts
    assert all(discloses(text, code) for code in ("identity", "purpose", "person", "opt_out"))
    assert "182.40" in text


def test_every_kind_has_its_words() -> None:
    assert set(_KEYS) == set(NewsKind) and set(_KEYS.values()) <= TEXTS.keys


async def test_two_workers_tell_it_once(desk: Desk) -> None:
    import asyncio

    desk.add(NewsKind.RECEIPT)

    assert sum(await asyncio.gather(*(desk.news.tell() for _ in range(4)))) == 1


async def test_nothing_is_said_while_a_person_speaks_and_nothing_lost(desk: Desk) -> None:
    held = desk.chat.control.moved(Owner.HUMAN)
    desk.change(
        control=replace(held, staff="mei", lease_until=desk.shop.clock() + timedelta(minutes=10))
    )
    desk.add(NewsKind.RECEIPT)
    assert await desk.news.tell() == 0 and desk.texts == []
    desk.change(control=held.moved(Owner.BOT))
    assert await desk.news.tell() == 0  # not at once again
    desk.shop.clock.forward(minutes=3)
    assert await desk.news.tell() == 1


async def test_what_may_never_be_said_is_given_up(desk: Desk) -> None:
    desk.change(reachable=False)
    desk.add(NewsKind.RECEIPT)
    for _ in range(MOST_TRIES + 3):
        await desk.news.tell()
        desk.shop.clock.forward(hours=7)
    assert desk.shop.news() == [] and desk.texts == []


async def test_at_night_it_waits_for_the_morning(desk: Desk) -> None:
    desk.shop.clock.forward(hours=14)  # midnight in New York
    desk.add(NewsKind.RECEIPT)
    assert await desk.news.tell() == 0
    for _ in range(12):
        desk.shop.clock.forward(hours=1)
        await desk.news.tell()
    assert len(desk.texts) == 1
