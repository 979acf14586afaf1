"""A whole conversation part for tests: real SQLite, real router and outbox, a scripted engine,
a channel that records, and a clock that is moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.contact_case import Lender
from bot.conversation import Conversation
from bot.dialogue import EngineUnavailable, Turn, Utterance
from bot.first_look import House
from bot.identity import IdentityPolicy, fact_digest, new_link_token, token_hash
from bot.inbound import Router
from bot.messages import Channel, Envelope, Inbound, Kind, SendFailed
from bot.outbox import Outbox
from bot.texts import Texts
from compliance.profile_file import load_profile
from store.db import Database
from store.seed import seed_demo

FACT_KEY = b"k" * 32
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@dataclass
class HandClock:
    """Time stands still until a test moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class ScriptedEngine:
    """Says what it was asked, and does what a test sets: extra effects, failures, a pause."""

    asked: list[tuple[str, str, str]] = field(default_factory=list)
    told: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    extra: dict[str, object] = field(default_factory=dict)
    fails: bool = False
    meanwhile: Callable[[str], Awaitable[None]] | None = None
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    @asynccontextmanager
    async def exclusive(self, conversation_id: str) -> AsyncIterator[None]:
        async with self._locks.setdefault(conversation_id, asyncio.Lock()):
            yield

    async def turn(self, conversation_id: str, text: str, *, language: str) -> Turn:
        return await self._answer(conversation_id, text, language)

    async def choose(self, conversation_id: str, payload: str, *, language: str) -> Turn:
        return await self._answer(conversation_id, payload, language)

    async def remember(self, conversation_id: str, facts: Mapping[str, str]) -> None:
        self.told.append((conversation_id, dict(facts)))

    async def _answer(self, conversation_id: str, text: str, language: str) -> Turn:
        self.asked.append((conversation_id, text, language))
        if self.meanwhile is not None:
            await self.meanwhile(conversation_id)
        if self.fails:
            raise EngineUnavailable("The engine fails in this test.")
        utterance = Utterance(text=f"answer to {text}", extra=self.extra)
        return Turn(utterances=(utterance,), intent="scripted", confidence=1.0)


@dataclass
class Recorder:
    """A channel that keeps what is sent, or fails as told."""

    sent: list[Envelope] = field(default_factory=list)
    failure: SendFailed | None = None

    async def send(self, envelope: Envelope) -> str:
        if self.failure is not None:
            raise self.failure
        self.sent.append(envelope)
        return f"m{len(self.sent)}"

    async def show_typing(self, address: str) -> None:
        return None

    def texts_to(self, address: str) -> list[str]:
        return [envelope.content.text for envelope in self.sent if envelope.address == address]


def digest(reference: str, kind: str, value: str) -> str:
    return fact_digest(FACT_KEY, reference, kind, value)


@dataclass
class TestHouse:
    """Everything that a conversation test touches."""

    __test__ = False

    database: Database
    clock: HandClock
    engine: ScriptedEngine
    channel: Recorder
    texts: Texts
    outbox: Outbox
    router: Router
    _count: int = 0

    async def send(
        self,
        text: str,
        *,
        address: str = "1001",
        kind: Kind = Kind.TEXT,
        key: str | None = None,
        is_private: bool = True,
    ) -> list[str]:
        """Let a borrower write; wait for the answers and return their texts."""
        before = len(self.channel.texts_to(address))
        self._count += 1
        await self.router.receive(
            Inbound(
                channel=Channel.TELEGRAM,
                address=address,
                is_private=is_private,
                update_key=key or f"update:{self._count}",
                kind=kind,
                text=text,
                received_at=self.clock(),
            )
        )
        await self.router.idle()
        return self.channel.texts_to(address)[before:]

    def link(self, reference: str = "NB-ANN", *, hours: int = 24) -> str:
        token = new_link_token()
        with self.database.unit() as uow:
            borrower = uow.borrowers.by_reference(reference)
            assert borrower is not None
            uow.links.add(
                token_hash=token_hash(token),
                borrower_id=borrower.id,
                created_at=self.clock(),
                expires_at=self.clock() + timedelta(hours=hours),
            )
            uow.commit()
        return token

    async def verify(
        self, reference: str = "NB-ANN", born: str = "1990-04-21", address: str = "1001"
    ) -> None:
        await self.send(f"/start {self.link(reference)}", address=address)
        await self.send(born, address=address)

    def conversation(self, address: str = "1001") -> Conversation:
        with self.database.unit() as uow:
            found = uow.conversations.find(Channel.TELEGRAM, address)
        assert found is not None
        return found

    def save(self, conversation: Conversation) -> None:
        with self.database.unit() as uow:
            uow.conversations.get(conversation.id, for_update=True)
            uow.conversations.save(conversation)
            uow.commit()

    def text(self, key: str, language: str = "en", **values: str) -> str:
        values = {"lender": "Northbank", "hours": "Mon-Fri 09:00-18:00", **values}
        return self.texts.content(key, language, **values).text

    def new_router(self) -> Router:
        """A second process on the same data."""
        return make_router(self.database, self.engine, self.outbox, self.texts, self.clock)


def make_router(
    database: Database, engine: ScriptedEngine, outbox: Outbox, texts: Texts, clock: HandClock
) -> Router:
    policy = IdentityPolicy(tries=3, lock=timedelta(minutes=60), idle=timedelta(minutes=30))
    house = House(
        lender_name="Northbank",
        team_hours="Mon-Fri 09:00-18:00",
        default_language="en",
        identity=policy,
        fact_key=FACT_KEY,
    )
    return Router(
        store=database, engine=engine, outbox=outbox, texts=texts, clock=clock, house=house
    )


def make_house(database: Database) -> TestHouse:
    clock, engine, channel, texts = HandClock(), ScriptedEngine(), Recorder(), Texts.load()
    seed_demo(database, today=NOW.date(), now=NOW, digest=digest)
    outbox = Outbox(
        store=database,
        channels={Channel.TELEGRAM: channel},
        clock=clock,
        profiles=load_profile,
        lender=Lender(),
    )
    return TestHouse(
        database=database,
        clock=clock,
        engine=engine,
        channel=channel,
        texts=texts,
        outbox=outbox,
        router=make_router(database, engine, outbox, texts, clock),
    )
