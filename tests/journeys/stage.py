"""A whole bot with the real model on the demo's books, for tests that talk to it."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import re
import shutil
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import bot.telegram_api
from bot.conversation import Conversation, Escalation
from bot.engine import RasaEngine
from bot.formats import Formats
from bot.identity import new_link_token, token_hash
from bot.lean_rasa import lean_rasa
from bot.messages import Channel, Content, Envelope, Inbound, Kind
from bot.telegram_send import Limiter
from bot.texts import Texts
from lending.account_file import AccountFile
from lending.accounts import AccountStatus, Borrower
from lending.dates import local_day
from lending.money import Money
from lending.position import Position, position_of
from settings import Settings
from store.db import Database
from store.seed import seed_demo
from tests.bot_api_server import BotApiServer
from tests.house import HandClock, Recorder
from wiring.base import digest_with
from wiring.conversation import Bot, build_bot
from wiring.serving import bind, serve

with lean_rasa():  # without TensorFlow, as the product is
    from rasa.core.agent import Agent
    from rasa.core.lock_store import LockStore
    from rasa.core.tracker_store import TrackerStore

SECRET = b"a secret for journeys, 32 bytes or more"
NIGHT = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
"""Already the 24th in Shanghai and Kolkata, still the 23rd in London, New York, Los Angeles."""
BORN = {
    "NB-ANN": "1990-04-21",
    "NB-WEI": "1988-09-03",
    "NB-MEI": "1993-12-15",
    "NB-PRIYA": "1985-06-30",
    "NB-MARCUS": "1979-02-11",
}
LANGUAGES = ("en", "zh-Hans", "zh-Hant")
TEXTS = Texts.load()
# A currency sign beside a number, whatever stands between: US$1,2, ¥ 12, 12 元, ₹1,82,400.00.
MONEY = re.compile(
    r"(?:[$¥￥£₹€]\s*\d[\d,.]*\d|\d[\d,.]*\s*(?:USD|CNY|GBP|INR|元|块|塊|美元|dollars?))"
)

_loaded: dict[Path, Agent] = {}


@contextmanager
def shared_model() -> Iterator[list[TrackerStore]]:
    """Bots built inside share one loaded model; stores, locks and all else are their own."""
    stores: list[TrackerStore] = []

    def load(
        model: Path, *, tracker_store: TrackerStore, lock_store: LockStore, **_: Any
    ) -> RasaEngine:
        if model not in _loaded:
            loaded = real_load(model, tracker_store=tracker_store, lock_store=lock_store)
            _loaded[model] = loaded.agent
        stores.append(tracker_store)
        agent = copy.copy(_loaded[model])
        agent.processor = copy.copy(agent.processor)
        agent.tracker_store = Agent._create_tracker_store(tracker_store, agent.domain)
        agent.lock_store = lock_store
        agent.processor.tracker_store, agent.processor.lock_store = agent.tracker_store, lock_store
        return RasaEngine(agent)

    real_load = RasaEngine.load
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RasaEngine, "load", load)
        patch.setattr(Texts, "load", lambda: TEXTS)  # the same words, read once
        yield stores


def seed_books(database: Database) -> None:
    seed_demo(database, today=NIGHT.date(), now=NIGHT, digest=digest_with(SECRET))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is true of one account now, by the database, and how the borrower reads it."""

    file: AccountFile
    position: Position
    formats: Formats

    def money(self, amount: Money) -> str:
        return self.formats.money(amount)

    def day(self, day: date) -> str:
        return self.formats.day(day)


@dataclass(kw_only=True)
class Stage:
    """A bot and those who talk to it. `channel` records what the chats would show."""

    model: Path
    settings: Settings
    database: Database
    clock: HandClock
    channel: Recorder = field(default_factory=Recorder)
    bot: Bot = field(init=False)
    _stores: list[TrackerStore] = field(default_factory=list)
    _count: int = 0

    def __post_init__(self) -> None:
        self.open()

    def open(self, *, anew: bool = False) -> None:
        """Build the bot. `anew`: the model is read from its file again, as a new process does."""
        if anew:
            _loaded.pop(self.model, None)
        with shared_model() as stores:
            self.bot = build_bot(
                self.settings,
                secret=SECRET,
                database=self.database,
                model=self.model,
                clock=self.clock,
            )
        self._stores = stores
        self.bot.channels[Channel.TELEGRAM] = self.channel

    def restart(self, *, anew: bool = False) -> None:
        """Drop everything but the files, and start on them again."""
        self.close()
        self.database = Database(self.settings.database)
        self.open(anew=anew)

    def close(self) -> None:
        for store in self._stores:
            store.engine.dispose()
        self.database.close()

    # Talking.

    async def says(self, text: str, chat: int = 1001, kind: Kind = Kind.TEXT) -> list[Content]:
        """Let a borrower write; give the answers."""
        before = len(self.shown(chat))
        self._count += 1
        await self.bot.router.receive(
            Inbound(
                channel=Channel.TELEGRAM,
                address=str(chat),
                is_private=True,
                update_key=f"said:{self._count}:{id(self.bot)}",
                kind=kind,
                text=text,
                received_at=self.clock(),
            )
        )
        await self.bot.router.idle()
        return self.shown(chat)[before:]

    async def taps(self, label: str, chat: int = 1001) -> list[Content]:
        """Tap the newest button with this label."""
        for content in reversed(self.shown(chat)):
            for button in content.buttons:
                if button.label == label:
                    return await self.says(button.payload, chat, Kind.BUTTON)
        raise AssertionError(f"no button {label!r} in {self.shown(chat)[-1:]}")

    async def taps_payload(self, payload: str, chat: int = 1001) -> list[Content]:
        """As if a button with this payload were tapped, whichever message showed it."""
        return await self.says(payload, chat, Kind.BUTTON)

    def shown(self, chat: int = 1001) -> list[Content]:
        return [e.content for e in self._envelopes() if e.address == str(chat)]

    def _envelopes(self) -> Sequence[Envelope]:
        return self.channel.sent

    async def verify(self, reference: str, chat: int = 1001, language: str | None = None) -> None:
        await self.says(f"/start {self.link(reference)}", chat)
        await self.says(BORN[reference], chat)
        assert self.conversation(chat).identity.is_verified(self.clock())
        if language is not None:
            await self.says(f"/language {language}", chat)
            assert self.conversation(chat).language == language

    def link(self, reference: str) -> str:
        return make_link(self.database, reference, self.clock())

    # Looking.

    def conversation(self, chat: int = 1001) -> Conversation:
        with self.database.unit() as uow:
            found = uow.conversations.find(Channel.TELEGRAM, str(chat))
        assert found is not None
        return found

    def escalations(self, chat: int = 1001) -> dict[str, Escalation]:
        with self.database.unit() as uow:
            rows = uow.escalations.unresolved(self.conversation(chat).id)
        return {row.reason.value: row for row in rows}

    def is_opted_out(self, chat: int = 1001) -> bool:
        borrower_id = self.conversation(chat).identity.borrower_id
        with self.database.unit() as uow:
            at = uow.contacts.opted_out_at(Channel.TELEGRAM, str(chat), borrower_id)
        return at is not None

    def accounts(self, reference: str, language: str) -> list[Account]:
        return accounts_of(self.database, reference, language, self.clock())


def make_link(database: Database, reference: str, now: datetime) -> str:
    token = new_link_token()
    with database.unit() as uow:
        borrower = uow.borrowers.by_reference(reference)
        assert borrower is not None
        uow.links.add(
            token_hash=token_hash(token),
            borrower_id=borrower.id,
            created_at=now,
            expires_at=now + timedelta(hours=72),
        )
        uow.commit()
    return token


def borrower_of(database: Database, reference: str) -> Borrower:
    with database.unit() as uow:
        borrower = uow.borrowers.by_reference(reference)
    assert borrower is not None
    return borrower


def accounts_of(database: Database, reference: str, language: str, now: datetime) -> list[Account]:
    """The borrower's active accounts as they stand on the borrower's own day."""
    borrower = borrower_of(database, reference)
    with database.unit() as uow:
        files = uow.accounts.files_of(borrower.id)
    today = local_day(now, borrower.timezone)
    formats = Formats(language, borrower.country, today)
    return [
        Account(file=file, position=position_of(file, today), formats=formats)
        for file in files
        if file.account.status is AccountStatus.ACTIVE
    ]


# Reading answers.


def text_of(contents: Sequence[Content]) -> str:
    return "\n".join(content.text for content in contents)


def is_said(text: str, key: str, language: str) -> bool:
    """Whether a text contains the response `key`, whatever its values."""
    template = TEXTS.variant(key, language).text.strip()
    parts = [re.escape(part) for part in re.split(r"{\w+}", template)]
    return re.search(".*?".join(parts), text, re.DOTALL) is not None


def says(contents: Sequence[Content], key: str, language: str = "en") -> bool:
    return any(is_said(content.text, key, language) for content in contents)


def label(key: str, intent: str, language: str = "en") -> str:
    """The label of a response's button for a payload that starts with `/intent`."""
    for button in TEXTS.variant(key, language).buttons:
        if button.payload.startswith(f"/{intent}"):
            return button.label
    raise AssertionError(f"{key} has no button for {intent}")


def amounts_in(text: str) -> set[str]:
    return {amount.strip() for amount in MONEY.findall(text)}


# The real Telegram gateway.


class _NoPause(Limiter):
    """Tests do not wait a second between two messages to a chat, as Telegram asks."""

    def __init__(self, chat_interval_s: float) -> None:
        super().__init__(0.0)
        self._base_limiter = None


@asynccontextmanager
async def serving(stage: Stage, telegram: BotApiServer) -> AsyncIterator[asyncio.Task[None]]:
    """Run the bot role as the command line does, until the block ends."""
    ready = asyncio.Event()
    bound = bind("127.0.0.1", port_of(stage.settings))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bot.telegram_api, "Limiter", _NoPause)
        task = asyncio.create_task(serve(stage.bot, bound, ready.set))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        try:
            if task.done():
                task.result()
            yield task
        finally:
            bound_handlers = ready.is_set() and not task.done()
            if bound_handlers:  # serve has set its handler: the signal ends it, not the tests
                signal.raise_signal(signal.SIGTERM)
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait_for(task, 20)
            bound.close()


def port_of(settings: Settings) -> int:
    return int(settings.public_url.rsplit(":", 1)[1])


def copy_books(template: Path, folder: Path) -> None:
    shutil.copy(template, folder / "tideover.db")
