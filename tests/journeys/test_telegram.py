"""The whole bot in Telegram: the real gateway over HTTP, the real wiring, model and database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr

from bot.messages import Author, Channel
from lending.quote import payoff_on
from tests.bot_api_server import UNKNOWN_METHOD, BotApiServer, Sent
from tests.database import KINDS
from tests.journeys.asked import ASKED
from tests.journeys.stage import (
    BORN,
    MONEY,
    TEXTS,
    Stage,
    is_said,
    label,
    serving,
)

HOOK_SECRET = "journey-hook_1"
ADA, BEN = 5001, 5002
QUIET_S = 0.4


@pytest.fixture(scope="module")
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as server:
        yield server


@pytest.fixture
def telegram(server: BotApiServer) -> BotApiServer:
    server.reset()
    return server


@dataclass
class Phone:
    """A borrower's chat on the test server; waits for what the bot answers."""

    telegram: BotApiServer
    stage: Stage
    chat: int = ADA
    seen: int = field(default=0)

    async def says(self, text: str, answers: int = 1) -> list[Sent]:
        self.telegram.user_says(self.chat, text)
        return await self.hears(answers)

    async def taps(self, name: str, answers: int = 1) -> list[Sent]:
        self.telegram.user_taps(self.chat, name)
        return await self.hears(answers)

    async def hears(self, answers: int = 1) -> list[Sent]:
        """Wait for so many new messages, and that there are no more."""
        shown = await self.telegram.wait_for_messages(self.chat, self.seen + answers, timeout=15)
        await self.stage.bot.router.idle()
        shown = self.telegram.messages_to(self.chat)
        new, self.seen = shown[self.seen :], len(shown)
        return new

    async def verify(self, reference: str = "NB-ANN") -> None:
        await self.says(f"/start {self.stage.link(reference)}", 2)
        await self.says(BORN[reference])

    @property
    def text(self) -> str:
        return self.telegram.messages_to(self.chat)[-1].text


Open = Callable[..., Stage]
Start = Callable[[], Awaitable[Phone]]


@pytest.fixture(params=KINDS)
def books(request: pytest.FixtureRequest) -> str | None:
    """Where the bot keeps its books: None is SQLite in the data folder."""
    if request.param == "sqlite":
        return None
    return str(request.getfixturevalue("postgresql_books_url"))


@pytest.fixture(params=["polling", "webhook"])
async def phone(
    request: pytest.FixtureRequest,
    books: str | None,
    open_stage: Open,
    telegram: BotApiServer,
    unused_tcp_port: int,
) -> AsyncIterator[Phone]:
    async with AsyncExitStack() as stack:
        stage = open_stage(
            database_url=books,
            telegram_token=SecretStr(telegram.token),
            telegram_api_url=telegram.url,
            telegram_mode=request.param,
            telegram_webhook_secret=SecretStr(HOOK_SECRET),
            base_url=f"http://127.0.0.1:{unused_tcp_port}",
        )
        await stack.enter_async_context(serving(stage, telegram))
        yield Phone(telegram, stage)


@pytest.fixture
async def polling(
    open_stage: Open, telegram: BotApiServer, unused_tcp_port: int
) -> AsyncIterator[Start]:
    """Starts a polling bot on SQLite when the test says so."""
    async with AsyncExitStack() as stack:

        async def start() -> Phone:
            stage = open_stage(
                telegram_token=SecretStr(telegram.token),
                telegram_api_url=telegram.url,
                base_url=f"http://127.0.0.1:{unused_tcp_port}",
            )
            await stack.enter_async_context(serving(stage, telegram))
            return Phone(telegram, stage)

        yield start


async def test_the_first_conversation(phone: Phone) -> None:
    stage, telegram = phone.stage, phone.telegram
    token = stage.link("NB-ANN")
    [account] = stage.accounts("NB-ANN", "en")
    position = account.position

    welcome, question = await phone.says(f"/start {token}", 2)
    assert is_said(welcome.text, "utter_welcome_telegram", "en")
    assert is_said(question.text, "utter_ask_second_fact", "en")
    [wrong] = await phone.says("1991-04-21")
    assert is_said(wrong.text, "utter_identity_wrong", "en") and "2" in wrong.text
    assert not any(MONEY.search(sent.text) for sent in telegram.messages_to(ADA))
    [verified] = (await phone.says("21 April 1990"))[:1]
    assert is_said(verified.text, "utter_identity_ok", "en")

    [balance] = await phone.says(ASKED["check_balance"]["en"])
    assert account.money(position.overdue) in balance.text
    assert balance.parse_mode == "HTML" and "<b>" in balance.raw
    [due] = await phone.says(ASKED["check_due_date"]["en"])
    assert position.next_due is not None
    assert account.day(position.next_due.due_on) in due.text

    [schedule] = await phone.taps(label("utter_due_date", "ask_schedule"))
    assert schedule.photo is not None and schedule.photo[:8] == b"\x89PNG\r\n\x1a\n"
    assert account.money(position.next_due.amount) in schedule.text

    await phone.taps(label("utter_schedule", "ask_payoff"))
    assert account.money(payoff_on(account.file, account.formats.today)) in phone.text

    for number, (name, language) in enumerate((("简体中文", "zh-Hans"), ("繁體中文", "zh-Hant"))):
        asked = await phone.says("/language")
        assert set(asked[-1].labels) >= {"English", "简体中文", "繁體中文"}
        [switched] = await phone.taps(name)
        assert is_said(switched.text, "utter_language_switched", language)
        [balance] = await phone.says(ASKED["check_balance"][("en", "zh-Hans")[number]])
        [account] = stage.accounts("NB-ANN", language)
        assert account.money(position.overdue) in balance.text
        assert account.day(position.overdue_since) in balance.text
        assert label("utter_balance", "talk_to_human", language) in balance.labels

    # The birth date is nowhere in what is kept.
    with stage.database.unit() as uow:
        kept = uow.messages.latest(stage.conversation(ADA).id, 100)
    written = [message.text for message in kept if message.author is Author.BORROWER]
    assert not [text for text in written if "1990" in text or "1991" in text]


async def test_a_button_of_another_chat_does_nothing(phone: Phone) -> None:
    telegram = phone.telegram
    await phone.verify()
    await phone.says(ASKED["check_balance"]["en"])
    data = telegram.data_of(ADA, label("utter_balance", "make_payment"))

    query = telegram.user_taps_data(BEN, data)
    forged = telegram.user_taps_data(BEN, "AAAAAAAAAAAA/check_balance")
    plain = telegram.user_taps_data(ADA, "/identity_verified")
    answers = await telegram.wait_for_calls("answerCallbackQuery", 3, timeout=10)

    await asyncio.sleep(QUIET_S)
    by_query = {call.params["callback_query_id"]: call.params for call in answers}
    for asked in (query, forged, plain):
        assert by_query[asked]["text"] == TEXTS.content("utter_stale_button", "en").text
    assert telegram.messages_to(BEN) == []
    assert len(telegram.messages_to(ADA)) == phone.seen
    with phone.stage.database.unit() as uow:
        assert uow.conversations.find(Channel.TELEGRAM, str(BEN)) is None


async def test_a_group_hears_nothing(phone: Phone) -> None:
    telegram = phone.telegram
    await phone.verify()

    telegram.group_says(-100123, ASKED["check_balance"]["en"], user_id=ADA)
    telegram.group_says(-100123, f"/start {phone.stage.link('NB-ANN')}", user_id=ADA)
    await telegram.wait_for_calls("leaveChat", 1)

    await asyncio.sleep(QUIET_S)
    assert telegram.messages_to(-100123) == []
    assert len(telegram.messages_to(ADA)) == phone.seen


async def test_the_same_update_twice_is_answered_once(phone: Phone) -> None:
    telegram = phone.telegram
    await phone.verify()
    number = telegram.user_says(ADA, ASKED["check_balance"]["en"])
    [answer] = await phone.hears()

    message = telegram._message(ADA, {"text": ASKED["check_balance"]["en"]})
    telegram.push_raw({"update_id": number, "message": message})
    telegram.user_says(ADA, ASKED["greet"]["en"])
    [greeting] = await phone.hears()

    assert MONEY.search(answer.text) and not MONEY.search(greeting.text)


@pytest.mark.parametrize("fails", ["sendPhoto", "setMyCommands", "sendChatAction"])
async def test_a_poor_server_still_delivers_the_text(
    polling: Start, telegram: BotApiServer, fails: str
) -> None:
    telegram.fail(fails, UNKNOWN_METHOD, times=None)
    phone = await polling()
    await phone.verify()
    [account] = phone.stage.accounts("NB-ANN", "en")

    [schedule] = await phone.says(ASKED["ask_schedule"]["en"])

    assert account.position.next_due is not None
    assert account.money(account.position.next_due.amount) in schedule.text
    assert (schedule.photo is None) == (fails == "sendPhoto")
    telegram.heal()


async def test_a_chat_that_blocks_the_bot_and_comes_back(
    polling: Start, telegram: BotApiServer
) -> None:
    phone = await polling()
    other = Phone(telegram, phone.stage, BEN)
    await phone.verify()
    telegram.user_blocks(ADA)
    await other.says(ASKED["greet"]["en"])  # the bot goes on for others
    assert not phone.stage.conversation(ADA).reachable

    telegram.user_unblocks(ADA)
    [balance] = await phone.says(ASKED["check_balance"]["en"])

    assert MONEY.search(balance.text)
    assert phone.stage.conversation(ADA).reachable


async def test_a_chat_that_blocks_while_it_is_answered(
    polling: Start, telegram: BotApiServer
) -> None:
    phone = await polling()
    await phone.verify()
    telegram.blocked_by.add(ADA)
    telegram.user_says(ADA, ASKED["check_balance"]["en"])

    async with asyncio.timeout(10):
        while phone.stage.conversation(ADA).reachable:
            await asyncio.sleep(0.05)
    await phone.stage.bot.router.idle()
    assert len(telegram.messages_to(ADA)) == phone.seen
    telegram.blocked_by.clear()
    assert await Phone(telegram, phone.stage, BEN).says(ASKED["greet"]["en"])


async def test_menus_are_set_in_each_language(polling: Start, telegram: BotApiServer) -> None:
    await polling()
    menus = await telegram.wait_for_calls("setMyCommands", 2)
    shown = {call.params.get("language_code"): call.params["commands"] for call in menus}
    assert [c["command"] for c in shown[None]] == [
        "start", "help", "language", "stop", "human", "mydata",
    ]  # fmt: skip
    assert len(shown["zh"]) == 6


async def test_chats_are_served_side_by_side_and_each_in_order(
    polling: Start, telegram: BotApiServer
) -> None:
    phone = await polling()
    phones = [Phone(telegram, phone.stage, 6000 + n) for n in range(6)]
    for _ in range(3):
        for each in phones:
            telegram.user_says(each.chat, ASKED["greet"]["en"])
            telegram.user_says(each.chat, ASKED["ask_are_you_bot"]["en"])
    for each in phones:
        shown = await each.hears(6)
        kinds = [is_said(sent.text, "utter_are_you_bot", "en") for sent in shown]
        assert kinds == [False, True] * 3
