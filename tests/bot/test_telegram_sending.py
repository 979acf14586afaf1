"""The real gateway over HTTP against a Bot API server of our own: what goes out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from inspect import signature
from itertools import pairwise
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.callback_data import unseal
from bot.messages import (
    Button,
    ChannelPort,
    Content,
    Document,
    Envelope,
    Inbound,
    Picture,
    SendFailed,
)
from bot.telegram_api import TelegramGateway
from lending.ids import ConversationId, MessageId
from tests.bot_api_server import (
    BAD_REQUEST,
    BLOCKED,
    BROKEN,
    CHAT_NOT_FOUND,
    DROPPED,
    UNKNOWN_METHOD,
    BotApiServer,
    Fault,
    slow,
    too_many,
)

# PTB itself reads its deprecated attribute while it makes a RetryAfter.
pytestmark = pytest.mark.filterwarnings("ignore:.*retry_after:DeprecationWarning")

KEY = b"k" * 32
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
PICTURE = Picture(png=PNG, alt="3 instalments of $50, the last on 1 June.", filename="plan.png")
DOCUMENT = Document(pdf=b"%PDF-1.4 a plan", filename="plan.pdf")
BUTTONS = (
    Button(label="Check balance", payload="/check_balance"),
    Button(label="NB-1", payload='/choose_account{"account":"NB-1"}'),
)
PAY = Button(label="Pay now", payload="https://pay.example/nb")


async def nowhere(inbound: Inbound) -> None:
    raise AssertionError("nothing comes in here")


async def connected(server: BotApiServer, **changes: Any) -> TelegramGateway:
    settings: dict[str, Any] = {
        "token": server.token,
        "api_url": server.url,
        "callback_key": KEY,
        "sink": nowhere,
        "clock": lambda: datetime.now(UTC),
        "menu": {},
        "phrases": {},
        "backoff_s": 0.02,
        "chat_interval_s": 0.0,
    }
    gateway = TelegramGateway(**settings | changes)
    await gateway.connect()
    return gateway


@pytest.fixture(scope="module")
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as server:
        yield server


@pytest.fixture
def telegram(server: BotApiServer) -> BotApiServer:
    server.reset()
    return server


@pytest.fixture
async def gateway(telegram: BotApiServer) -> AsyncIterator[TelegramGateway]:
    gateway = await connected(telegram)
    yield gateway
    await gateway.stop()


def envelope(text: str = "Hello", address: str = "7", **parts: Any) -> Envelope:
    return Envelope(
        message_id=MessageId(1),
        conversation_id=ConversationId("c"),
        address=address,
        language="en",
        content=Content(text=text, **parts),
    )


async def failure(gateway: TelegramGateway, message: Envelope) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        await gateway.send(message)
    return caught.value


def test_the_gateway_is_a_channel() -> None:
    def takes(channel: type[ChannelPort]) -> None: ...  # mypy compares the types

    takes(TelegramGateway)
    for method in ("send", "show_typing"):
        asked, given = (getattr(kind, method) for kind in (ChannelPort, TelegramGateway))
        assert list(signature(given).parameters) == list(signature(asked).parameters)


# Layout.


async def test_bold_is_set_and_the_rest_shown_as_written(
    telegram: BotApiServer, gateway: TelegramGateway
) -> None:
    message_id = await gateway.send(envelope("You owe **$1 & <5>**, 2 < 3."))
    [sent] = telegram.messages
    assert message_id == str(sent.message_id)
    assert sent.raw == "You owe <b>$1 &amp; &lt;5&gt;</b>, 2 &lt; 3."
    assert sent.text == "You owe $1 & <5>, 2 < 3."


async def test_plain_text_goes_out_when_formatting_is_refused(
    telegram: BotApiServer, gateway: TelegramGateway
) -> None:
    entities = Fault(status=400, description="Bad Request: can't parse entities: John")
    telegram.fail("sendMessage", entities)
    with capture_logs() as logs:
        await gateway.send(envelope("Hello **John**", buttons=BUTTONS))
    [sent] = telegram.messages
    assert (sent.raw, sent.parse_mode) == ("Hello John", None)
    assert sent.labels == ["Check balance", "NB-1"]
    assert "John" not in str(logs)


async def test_the_text_goes_out_when_buttons_are_refused(
    telegram: BotApiServer, gateway: TelegramGateway
) -> None:
    telegram.fail("sendMessage", BAD_REQUEST, times=2)
    await gateway.send(envelope("Choose", buttons=BUTTONS, url_buttons=(PAY,)))
    [sent] = telegram.messages
    assert sent.text == "Choose\nPay now: https://pay.example/nb"
    assert not sent.keyboard


async def test_a_long_text_is_split_and_the_last_part_has_the_buttons(
    telegram: BotApiServer, gateway: TelegramGateway
) -> None:
    text = "\n".join(f"{number}: **账单** 😀 <&>" for number in range(900))
    message_id = await gateway.send(envelope(text, buttons=BUTTONS))
    assert len(telegram.messages) > 3
    assert "\n".join(sent.text for sent in telegram.messages) == text.replace("**", "")
    assert [bool(sent.keyboard) for sent in telegram.messages][-2:] == [False, True]
    assert message_id == str(telegram.messages[-1].message_id)


async def test_buttons_are_signed_for_the_chat_and_links_open(
    telegram: BotApiServer, gateway: TelegramGateway
) -> None:
    await gateway.send(envelope(buttons=BUTTONS, url_buttons=(PAY,)))
    [sent] = telegram.messages
    assert [[key["text"] for key in row] for row in sent.keyboard] == [
        ["Check balance", "NB-1"],
        ["Pay now"],
    ]
    data = telegram.data_of(7, "NB-1")
    assert unseal(KEY, "7", data) == BUTTONS[1].payload
    assert sent.keyboard[1][0]["url"] == PAY.payload


async def test_a_button_that_is_too_long_does_not_stop_the_text(
    telegram: BotApiServer, gateway: TelegramGateway
) -> None:
    too_long = Button(label="Long", payload="/" + "x" * 60)
    await gateway.send(envelope("Choose", buttons=(too_long, *BUTTONS)))
    assert telegram.messages[0].labels == ["Check balance", "NB-1"]


# Pictures.


async def test_a_picture_has_the_text_as_caption_and_the_buttons(
    telegram: BotApiServer, gateway: TelegramGateway
) -> None:
    message_id = await gateway.send(envelope("Your **plan**", picture=PICTURE, buttons=BUTTONS))
    [sent] = telegram.messages
    assert sent.photo == PNG
    assert (sent.raw, sent.labels) == ("Your <b>plan</b>", ["Check balance", "NB-1"])
    assert message_id == str(sent.message_id)


async def test_a_text_too_long_for_a_caption_follows_the_picture(
    telegram: BotApiServer, gateway: TelegramGateway
) -> None:
    await gateway.send(envelope("账" * 1025, picture=PICTURE, buttons=BUTTONS))
    picture, text = telegram.messages
    assert (picture.photo, picture.text, picture.keyboard) == (PNG, "", ())
    assert (text.text, text.labels) == ("账" * 1025, ["Check balance", "NB-1"])


@pytest.mark.parametrize(
    "fault", [UNKNOWN_METHOD, BAD_REQUEST, BROKEN, Fault(status=413), Fault(status=501)]
)
async def test_a_refused_picture_does_not_stop_the_text(
    telegram: BotApiServer, gateway: TelegramGateway, fault: Fault
) -> None:
    telegram.fail("sendPhoto", fault, times=None)
    await gateway.send(envelope("Your plan", picture=PICTURE, buttons=BUTTONS))
    [sent] = telegram.messages
    assert sent.text == f"Your plan\n\n{PICTURE.alt}"
    assert sent.labels == ["Check balance", "NB-1"]


@pytest.mark.parametrize("fault", [DROPPED, Fault(is_dropped=True, applied=True)])
async def test_a_picture_that_may_have_arrived_is_not_followed_by_its_text(
    telegram: BotApiServer, gateway: TelegramGateway, fault: Fault
) -> None:
    telegram.fail("sendPhoto", fault)
    problem = await failure(gateway, envelope("Your plan", picture=PICTURE))
    assert problem.uncertain
    assert not telegram.calls_of("sendMessage")


async def test_a_document_follows_its_text(
    telegram: BotApiServer, gateway: TelegramGateway
) -> None:
    message_id = await gateway.send(envelope("Your plan", document=DOCUMENT, buttons=BUTTONS))
    text, document = telegram.messages
    assert (text.text, text.labels) == ("Your plan", ["Check balance", "NB-1"])
    assert (document.document, document.text) == (DOCUMENT.pdf, "")
    assert message_id == str(text.message_id)


@pytest.mark.parametrize("fault", [UNKNOWN_METHOD, BAD_REQUEST, BROKEN, DROPPED, too_many(3600)])
async def test_a_document_that_is_refused_costs_nothing_but_itself(
    telegram: BotApiServer, gateway: TelegramGateway, fault: Fault
) -> None:
    telegram.fail("sendDocument", fault, times=None)
    await gateway.send(envelope("Your plan", document=DOCUMENT))
    assert [sent.text for sent in telegram.messages] == ["Your plan"]


# Failures.


@pytest.mark.parametrize(
    "fault",
    [
        BLOCKED,
        CHAT_NOT_FOUND,
        Fault(status=403, description="Forbidden: user is deactivated"),
        Fault(status=400, description="Bad Request: PEER_ID_INVALID"),
    ],
)
@pytest.mark.parametrize("picture", [None, PICTURE])
async def test_a_chat_that_is_gone_is_gone_for_good(
    telegram: BotApiServer, gateway: TelegramGateway, fault: Fault, picture: Picture | None
) -> None:
    for method in ("sendMessage", "sendPhoto"):
        telegram.fail(method, fault, times=None)
    problem = await failure(gateway, envelope(picture=picture))
    assert (problem.permanent, problem.uncertain, problem.retry_after) == (True, False, None)
    sends = telegram.calls_of("sendMessage") + telegram.calls_of("sendPhoto")
    assert len(sends) == 1


async def test_a_blocked_chat_does_not_disturb_others(
    telegram: BotApiServer, gateway: TelegramGateway
) -> None:
    telegram.blocked_by.add(7)
    results = await asyncio.gather(
        *(gateway.send(envelope(address=str(chat))) for chat in (7, 8, 9)), return_exceptions=True
    )
    assert isinstance(results[0], SendFailed)
    assert [sent.chat_id for sent in telegram.messages] in ([8, 9], [9, 8])


async def test_telegrams_pause_is_kept(telegram: BotApiServer, gateway: TelegramGateway) -> None:
    telegram.fail("sendMessage", too_many(1))
    await gateway.send(envelope())
    first, second = telegram.calls_of("sendMessage")
    assert second.at - first.at >= 1
    assert len(telegram.messages) == 1


@pytest.mark.parametrize("method", ["sendMessage", "sendPhoto"])
async def test_a_long_pause_is_handed_back_at_once(
    telegram: BotApiServer, gateway: TelegramGateway, method: str
) -> None:
    telegram.fail(method, too_many(600))
    picture = PICTURE if method == "sendPhoto" else None
    problem = await failure(gateway, envelope(picture=picture))
    assert (problem.retry_after, problem.permanent, problem.uncertain) == (600, False, False)
    await gateway.send(envelope(address="8"))  # nobody else waits


async def test_pauses_without_end_are_handed_back(
    telegram: BotApiServer, gateway: TelegramGateway
) -> None:
    telegram.fail("sendMessage", too_many(1), times=None)
    problem = await failure(gateway, envelope())
    assert problem.retry_after == 1
    assert len(telegram.calls_of("sendMessage")) == 3


async def test_no_answer_in_time_is_uncertain(telegram: BotApiServer) -> None:
    gateway = await connected(telegram, read_timeout_s=0.2)
    telegram.fail("sendMessage", slow(0.5))
    problem = await failure(gateway, envelope())
    assert (problem.uncertain, problem.permanent) == (True, False)
    assert len(telegram.messages) == 1  # it had arrived; a second try would be a second message
    await gateway.stop()


@pytest.mark.parametrize("fault", [DROPPED, BROKEN, Fault(is_dropped=True, applied=True)])
async def test_no_clear_answer_is_uncertain_and_not_repeated(
    telegram: BotApiServer, gateway: TelegramGateway, fault: Fault
) -> None:
    telegram.fail("sendMessage", fault)
    problem = await failure(gateway, envelope())
    assert problem.uncertain
    assert len(telegram.calls_of("sendMessage")) == 1


async def test_an_unreachable_server_is_tried_again() -> None:
    with BotApiServer() as telegram:
        gateway = await connected(telegram)
    started = asyncio.get_running_loop().time()
    problem = await failure(gateway, envelope())
    assert (problem.permanent, problem.uncertain, problem.retry_after) == (False, False, None)
    waited = asyncio.get_running_loop().time() - started
    assert waited >= 0.02 * (2 + 4 + 8) / 8  # three pauses, each twice as long
    await gateway.stop()


async def test_a_refused_message_is_neither_gone_nor_uncertain(
    telegram: BotApiServer, gateway: TelegramGateway
) -> None:
    telegram.fail("sendMessage", BAD_REQUEST, times=None)
    problem = await failure(gateway, envelope())
    assert (problem.permanent, problem.uncertain, problem.retry_after) == (False, False, None)
    assert not telegram.messages


@pytest.mark.parametrize("fault", [BAD_REQUEST, too_many(600), UNKNOWN_METHOD, BROKEN])
async def test_a_text_of_which_a_part_went_out_is_uncertain(
    telegram: BotApiServer, gateway: TelegramGateway, fault: Fault
) -> None:
    telegram.fail("sendMessage", fault, times=None)
    problem = await failure(gateway, envelope("x" * 2000, picture=PICTURE))
    assert (problem.uncertain, problem.retry_after) == (True, None)


@pytest.mark.parametrize("address", ["", "seven", "@somebody", "7.5", "--7", "7 "])
async def test_what_is_no_chat_is_refused(gateway: TelegramGateway, address: str) -> None:
    assert (await failure(gateway, envelope(address=address))).permanent


@pytest.mark.parametrize(("text", "uncertain"), [("", False), (" \n ", False), ("\ud800", True)])
async def test_odd_texts_raise_nothing_else(
    telegram: BotApiServer, gateway: TelegramGateway, text: str, uncertain: bool
) -> None:
    problem = await failure(gateway, envelope(text))
    assert (problem.permanent, problem.uncertain) == (False, uncertain)
    assert not telegram.messages


async def test_after_the_stop_nothing_else_is_raised(telegram: BotApiServer) -> None:
    gateway = await connected(telegram)
    await gateway.stop()
    problem = await failure(gateway, envelope())
    assert (problem.permanent, problem.uncertain) == (False, True)
    assert not telegram.messages


# Pace.


async def test_one_chat_gets_one_message_a_second_others_do_not_wait(
    telegram: BotApiServer,
) -> None:
    gateway = await connected(telegram, chat_interval_s=0.3)
    messages = [envelope(str(n), address=chat) for n in range(3) for chat in ("7", "8", "9")]
    await asyncio.gather(*(gateway.send(message) for message in messages))
    for chat in (7, 8, 9):
        sent = telegram.messages_to(chat)
        assert [message.text for message in sent] == ["0", "1", "2"]
        assert all(b.at - a.at > 0.25 for a, b in pairwise(sent))
    firsts = [telegram.messages_to(chat)[0].at for chat in (7, 8, 9)]
    assert max(firsts) - min(firsts) < 0.25
    await gateway.stop()


async def test_thirty_messages_a_second_in_all(
    telegram: BotApiServer, gateway: TelegramGateway
) -> None:
    started = time.monotonic()
    await asyncio.gather(*(gateway.send(envelope(address=str(n))) for n in range(1, 46)))
    times = sorted(sent.at - started for sent in telegram.messages)
    assert times[44] > 0.45  # 30 at once, the other 15 at 30 a second


async def test_typing_is_shown_and_never_waited_for_long(
    telegram: BotApiServer, gateway: TelegramGateway
) -> None:
    await gateway.show_typing("7")
    [call] = telegram.calls_of("sendChatAction")
    assert call.params == {"chat_id": "7", "action": "typing"}
    for fault in (UNKNOWN_METHOD, BLOCKED, DROPPED):
        telegram.fail("sendChatAction", fault)
        await gateway.show_typing("7")
    telegram.fail("sendChatAction", too_many(20))
    async with asyncio.timeout(3.5):
        await gateway.show_typing("7")


# Secrets.


async def test_neither_token_nor_text_reaches_a_log(
    telegram: BotApiServer, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        with capture_logs() as logs:
            gateway = await connected(telegram)
            await gateway.send(envelope("Dear Ada Lovelace", buttons=BUTTONS, picture=PICTURE))
            telegram.fail("sendMessage", BAD_REQUEST, times=None)
            problem = await failure(gateway, envelope("Dear Ada Lovelace"))
            await gateway.stop()
    finally:
        logging.getLogger().setLevel(logging.WARNING)
    everything = f"{caplog.text} {logs} {problem}"
    assert telegram.token not in everything
    assert "Lovelace" not in everything
