"""The web chat's routes, asked as a browser asks them. The fakes here also serve the live tests."""

from __future__ import annotations

import logging
import re
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from bot.conversation import Conversation, Identity, IdentityStage, StoredMessage
from bot.handover import Control, Owner
from bot.live import LiveHub
from bot.messages import Author, Channel, Content, DeliveryState, Envelope, Inbound, Kind
from bot.ports import Store
from bot.web_chat import WebChannel, web_chat_router
from bot.web_door import Limits, client_network, is_same_origin
from bot.web_session import Sessions
from bot.web_words import WORDS, Problem
from lending.ids import BorrowerId, ConversationId, MessageId

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECRET = b"a secret of the test, 32 bytes long"
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 360) + b"\x08\x02\x00\x00\x00"
PLENTY = Limits(session_burst=1000, network_burst=1000)


class FakeStore:
    """Conversations and messages in memory; one object is store, unit of work and repositories."""

    def __init__(self) -> None:
        self.by_address: dict[str, Conversation] = {}
        self.rows: list[StoredMessage] = []
        self.failure: Exception | None = None
        self.conversations = self
        self.messages = self

    @contextmanager
    def unit(self) -> Iterator[FakeStore]:
        if self.failure:
            raise self.failure
        yield self

    def find(self, channel: Channel, address: str) -> Conversation | None:
        assert channel is Channel.WEB
        return self.by_address.get(address)

    def latest(self, conversation_id: ConversationId, limit: int) -> tuple[StoredMessage, ...]:
        return self.after(conversation_id, 0, 10**9)[-limit:]

    def after(
        self, conversation_id: ConversationId, message_id: int, limit: int
    ) -> tuple[StoredMessage, ...]:
        rows = [m for m in self.rows if m.conversation_id == conversation_id and m.id > message_id]
        return tuple(rows[:limit])

    def add(self, address: str, author: Author, text: str, **values: Any) -> StoredMessage:
        given: dict[str, Any] = {"at": START, "kind": Kind.TEXT} | values
        message = StoredMessage(
            id=MessageId(len(self.rows) + 1),
            conversation_id=self.by_address[address].id,
            author=author,
            text=text,
            **given,
        )
        self.rows.append(message)
        return message


@dataclass
class Chat:
    """The chat under test: its parts, a clock that is set by hand, and what `receive` got."""

    store: FakeStore = field(default_factory=FakeStore)
    hub: LiveHub = field(default_factory=LiveHub)
    received: list[Inbound] = field(default_factory=list)
    now: datetime = START
    answer: str | None = None
    fails: bool = False

    def app(self, **settings: Any) -> FastAPI:
        defaults = {"secure_cookies": False, "poll_seconds": 0.05, "limits": PLENTY}
        given: dict[str, Any] = defaults | settings
        app = FastAPI()
        app.include_router(
            web_chat_router(
                store=cast(Store, self.store),
                receive=self.receive,
                hub=self.hub,
                clock=lambda: self.now,
                secret=SECRET,
                lender_name="Northbank",
                texts=lambda key, language: f"{key} {language}: I am **not a person**",
                **given,
            )
        )
        return app

    def open(self, address: str, **values: Any) -> Conversation:
        given: dict[str, Any] = {"language": "en", "language_chosen": False} | values
        conversation = Conversation(
            id=ConversationId(f"c-{address}"),
            channel=Channel.WEB,
            address=address,
            is_private=True,
            opened_at=self.now,
            **given,
        )
        self.store.by_address[address] = conversation
        return conversation

    async def receive(self, inbound: Inbound) -> None:
        """Keeps each key once, as the store does, and may answer."""
        if self.fails:
            raise RuntimeError(f"cannot take {inbound.text}")
        if inbound.address not in self.store.by_address:
            self.open(inbound.address)
        if inbound.update_key in {m.update_key for m in self.store.rows}:
            return
        self.received.append(inbound)
        self.store.add(
            inbound.address,
            Author.BORROWER,
            inbound.text,
            kind=inbound.kind,
            update_key=inbound.update_key,
            at=inbound.received_at,
        )
        if self.answer:
            self.store.add(inbound.address, Author.BOT, self.answer, at=self.now)


@dataclass
class Browser:
    """A browser with JavaScript switched off, and the few calls that the script makes."""

    http: httpx.AsyncClient
    page: str = ""

    async def look(self, path: str = "/") -> httpx.Response:
        response = await self.http.get(path)
        self.page = response.text
        return response

    @property
    def token(self) -> str:
        found = re.search(r'name="csrf(?:-token)?" (?:content|value)="([^"]+)"', self.page)
        assert found is not None
        return found[1]

    @property
    def address(self) -> str:
        address = Sessions(SECRET, secure=False).read(
            cast(Any, type("R", (), {"cookies": dict(self.http.cookies)}))
        )
        assert address is not None
        return address

    async def post(self, path: str, **fields: str) -> httpx.Response:
        return await self.http.post(path, data={"csrf": self.token, **fields})

    async def fetch(self, **body: object) -> httpx.Response:
        headers = {"X-CSRF-Token": self.token, "Sec-Fetch-Site": "same-origin"}
        return await self.http.post("/messages", json=body, headers=headers)


@pytest.fixture
def chat() -> Chat:
    return Chat()


def client(app: FastAPI, **settings: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://chat.test", **settings
    )


@pytest.fixture
async def browser(chat: Chat) -> AsyncIterator[Browser]:
    async with client(chat.app()) as http:
        browser = Browser(http)
        await browser.look()
        yield browser


VERIFIED = Identity(
    stage=IdentityStage.VERIFIED,
    borrower_id=BorrowerId(7),
    expires_at=START + timedelta(minutes=30),
)


# --- the page ---------------------------------------------------------------------------------


async def test_first_visit_welcomes_and_stores_nothing(chat: Chat, browser: Browser) -> None:
    assert "utter_welcome_web en: I am <strong>not a person</strong>" in browser.page
    assert "Assistant, not a person" in browser.page
    assert 'value="/human"' in browser.page
    assert not chat.store.by_address
    assert not chat.received


async def test_every_answer_carries_the_strict_headers(browser: Browser) -> None:
    for path in ("/", "/l/abcdefgh1234", "/media/1.png"):
        response = await browser.http.get(path)
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "frame-ancestors 'none'" in policy
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"


async def test_page_has_no_inline_script_or_style_and_nothing_from_elsewhere(
    browser: Browser,
) -> None:
    assert not re.search(r"<script(?![^>]* src=)|<style|style=|\son\w+=", browser.page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', browser.page)


async def test_assets_are_served_for_good_under_their_version(browser: Browser) -> None:
    for path in re.findall(r'"(/chat-assets/[^"]+)"', browser.page):
        response = await browser.http.get(path)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
    assert (await browser.http.get("/chat-assets/old/chat.js")).status_code == 404


async def test_session_cookie_is_http_only_signed_and_lax(chat: Chat) -> None:
    async with client(chat.app(secure_cookies=True)) as http:
        cookie = (await http.get("/")).headers["set-cookie"]
    assert cookie.startswith("__Host-chat=")
    for part in ("HttpOnly", "SameSite=lax", "Secure", "Path=/"):
        assert part in cookie


async def test_forged_session_is_a_new_session(chat: Chat, browser: Browser) -> None:
    chat.open("A" * 22)
    chat.store.add("A" * 22, Author.BOT, "a secret of A")
    async with client(chat.app(), cookies={"chat": "A" * 22}) as http:
        assert "a secret of A" not in (await http.get("/")).text


async def test_message_text_is_escaped_bold_and_keeps_its_lines(
    chat: Chat, browser: Browser
) -> None:
    chat.open(browser.address)
    attack = "<script>alert(1)</script>\n**due** \"'&"
    chat.store.add(browser.address, Author.BOT, attack, buttons=(("<img src=x>", "/x"),))
    chat.store.add(browser.address, Author.BORROWER, "**mine** <b>")
    await browser.look()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\n<strong>due</strong>" in browser.page
    assert "&lt;img src=x&gt;" in browser.page
    assert "**mine** &lt;b&gt;" in browser.page
    assert "<script>alert" not in browser.page


async def test_link_buttons_open_web_addresses_only(chat: Chat, browser: Browser) -> None:
    chat.open(browser.address)
    links = (("Pay", "https://pay.test/?a=1&b=2"), ("Bad", "javascript:alert(1)"))
    chat.store.add(browser.address, Author.BOT, "Here", url_buttons=links)
    await browser.look()
    assert 'href="https://pay.test/?a=1&amp;b=2"' in browser.page
    assert "javascript:" not in browser.page


async def test_each_message_says_its_language_and_who_wrote_it(
    chat: Chat, browser: Browser
) -> None:
    chat.open(browser.address)
    chat.store.add(browser.address, Author.STAFF, "Hello, Mei here")
    chat.store.add(browser.address, Author.BORROWER, "我想 delay 一下")
    await browser.look()
    assert re.search(r'Northbank team <time.*?lang="en">Hello', browser.page, re.DOTALL)
    assert re.search(r'You <time.*?lang="zh">我想', browser.page, re.DOTALL)


async def test_header_says_who_answers(chat: Chat, browser: Browser) -> None:
    chat.open(browser.address, control=Control(owner=Owner.HUMAN, staff="mei"))
    await browser.look()
    assert 'data-owner="human">A person from the team is here' in browser.page


async def test_failed_messages_are_not_shown(chat: Chat, browser: Browser) -> None:
    chat.open(browser.address)
    chat.store.add(browser.address, Author.BOT, "refused", delivery=DeliveryState.FAILED)
    await browser.look()
    assert "refused" not in browser.page


async def test_broken_store_gives_a_kind_page_and_a_clean_log(
    chat: Chat, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    chat.store.failure = OSError("database of Ann Lee is gone")
    response = await browser.look()
    assert response.status_code == 503
    assert "This is on our side" in response.text
    assert "web.request.failed OSError" in caplog.text
    assert "Ann Lee" not in caplog.text


# --- privacy after a pause --------------------------------------------------------------------


async def test_verified_borrower_sees_everything_until_the_pause(
    chat: Chat, browser: Browser
) -> None:
    chat.open(browser.address, identity=VERIFIED, last_inbound_at=START)
    chat.store.add(browser.address, Author.BORROWER, "how much")
    chat.store.add(browser.address, Author.BOT, "You owe $182.40", picture=PNG)
    chat.now = START + timedelta(minutes=29)
    assert "182.40" in (await browser.look()).text
    assert (await browser.http.get("/media/2.png")).status_code == 200
    chat.now = START + timedelta(minutes=30)
    assert "182.40" not in (await browser.look()).text
    assert "Earlier messages are hidden" in browser.page
    assert (await browser.http.get("/media/2.png")).status_code == 404


async def test_writing_again_after_the_pause_does_not_bring_old_messages_back(
    chat: Chat, browser: Browser
) -> None:
    later = START + timedelta(hours=5)
    linked = Identity(stage=IdentityStage.LINKED, borrower_id=BorrowerId(7))
    chat.open(browser.address, identity=linked, last_inbound_at=later)
    chat.store.add(browser.address, Author.BORROWER, "how much")
    chat.store.add(browser.address, Author.BOT, "You owe $182.40")
    chat.store.add(browser.address, Author.BORROWER, "hello again", at=later)
    chat.store.add(browser.address, Author.BOT, "Please confirm it's you", at=later)
    chat.now = later + timedelta(minutes=1)
    await browser.look()
    assert "182.40" not in browser.page
    assert "hello again" in browser.page
    assert "confirm it&#39;s you" in browser.page


async def test_chat_that_belongs_to_nobody_stays_readable(chat: Chat, browser: Browser) -> None:
    chat.open(browser.address, last_inbound_at=START)
    chat.store.add(browser.address, Author.BORROWER, "are you a bot")
    chat.now = START + timedelta(days=2)
    assert "are you a bot" in (await browser.look()).text


async def test_chat_in_which_only_the_lender_wrote_is_shown(chat: Chat, browser: Browser) -> None:
    linked = Identity(stage=IdentityStage.LINKED, borrower_id=BorrowerId(7))
    chat.open(browser.address, identity=linked)
    chat.store.add(browser.address, Author.BOT, "Please confirm")
    assert "Please confirm" in (await browser.look()).text


# --- sending ----------------------------------------------------------------------------------


async def test_form_post_redirects_to_a_page_with_the_answer(chat: Chat, browser: Browser) -> None:
    chat.answer = "It is due on Fri 20 Nov"
    response = await browser.post("/messages", key="key-0001", text="when?\r\nplease")
    assert response.status_code == 303
    await browser.look(response.headers["location"].partition("#")[0])
    assert "It is due on Fri 20 Nov" in browser.page
    assert 'data-key="key-0001"' in browser.page
    sent = chat.received[0]
    assert (sent.kind, sent.text, sent.is_private) == (Kind.TEXT, "when?\nplease", True)
    assert sent.update_key == f"{browser.address}:key-0001"


async def test_fetch_is_accepted_and_same_key_is_one_message(chat: Chat, browser: Browser) -> None:
    for _ in range(2):
        assert (await browser.fetch(key="key-0001", text="hello")).status_code == 202
    assert [inbound.text for inbound in chat.received] == ["hello"]


async def test_what_a_database_refuses_is_taken_out(chat: Chat, browser: Browser) -> None:
    await browser.http.post(
        "/messages",
        content=b'{"key": "key-0001", "text": "a\\u0000b\\ud83dc"}',
        headers={"X-CSRF-Token": browser.token, "Content-Type": "application/json"},
    )
    assert chat.received[0].text == "abc"


async def test_blank_message_is_not_passed_on(chat: Chat, browser: Browser) -> None:
    assert (await browser.post("/messages", key="key-0001", text=" \n ")).status_code == 303
    assert not chat.received


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.test"},
    ],
)
async def test_posts_from_elsewhere_are_refused(
    chat: Chat, browser: Browser, headers: dict[str, str]
) -> None:
    fields = {"csrf": browser.token, "key": "key-0001", "text": "pay"}
    response = await browser.http.post("/messages", data=fields, headers=headers)
    assert response.status_code == 403
    assert not chat.received


@pytest.mark.parametrize("origin", ["null", "http://chat.test"])
async def test_own_pages_pass_with_the_origins_that_browsers_send(
    chat: Chat, browser: Browser, origin: str
) -> None:
    fields = {"csrf": browser.token, "key": "key-0001", "text": "hello"}
    await browser.http.post("/messages", data=fields, headers={"Origin": origin})
    assert len(chat.received) == 1


async def test_form_token_is_needed_and_bound_to_the_session(chat: Chat, browser: Browser) -> None:
    async with client(chat.app()) as http:
        other = Browser(http)
        await other.look()
        for token in ("", "nonsense", other.token):
            fields = {"csrf": token, "key": "key-0001", "text": "hello"}
            for path in ("/messages", "/leave", "/language", "/l/abcdefgh1234"):
                response = await browser.http.post(path, data=fields)
                assert response.status_code == 403
    assert not chat.received
    # The session's own signed value is no form token either.
    stolen = {"csrf": browser.http.cookies["chat"], "key": "key-0001", "text": "hello"}
    assert (await browser.http.post("/messages", data=stolen)).status_code == 403


async def test_fifty_thousand_characters_pass_and_one_more_is_413(
    chat: Chat, browser: Browser
) -> None:
    assert (await browser.post("/messages", key="key-0001", text="还" * 50_000)).is_redirect
    assert len(chat.received[0].text) == 50_000
    response = await browser.post("/messages", key="key-0002", text="x" * 50_001)
    assert response.status_code == 413
    assert "up to 50,000 characters" in response.text
    response = await browser.post("/messages", key="key-0003", text="x" * 2_000_000)
    assert response.status_code == 413
    assert len(chat.received) == 1


async def test_too_many_messages_get_a_kind_429_in_the_page_language(chat: Chat) -> None:
    app = chat.app(limits=Limits(session_burst=2, session_per_second=0.01))
    async with client(app, headers={"Accept-Language": "zh-TW,zh;q=0.9"}) as http:
        browser = Browser(http)
        await browser.look()
        for number in range(2):
            assert (await browser.fetch(key=f"key-000{number}", text="hi")).status_code == 202
        refused = await browser.fetch(key="key-0009", text="hi")
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 1
        assert refused.json()["title"] == "請稍候"
        page = await browser.post("/messages", key="key-0010", text="hi")
        assert page.status_code == 429
        assert '<html lang="zh-Hant">' in page.text


async def test_one_network_cannot_flood_with_new_sessions(chat: Chat) -> None:
    app = chat.app(limits=Limits(network_burst=3, network_per_second=0.01))
    statuses = []
    for number in range(4):
        async with client(app) as http:
            browser = Browser(http)
            await browser.look()
            statuses.append((await browser.fetch(key=f"key-000{number}", text="hi")).status_code)
    assert statuses == [202, 202, 202, 429]


async def test_receiver_that_fails_gives_503_and_may_be_asked_again(
    chat: Chat, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    chat.fails = True
    assert (await browser.fetch(key="key-0001", text="my secret")).status_code == 503
    assert "my secret" not in caplog.text
    chat.fails = False
    assert (await browser.fetch(key="key-0001", text="my secret")).status_code == 202
    assert len(chat.received) == 1


# --- choices ----------------------------------------------------------------------------------


async def test_choice_is_looked_up_and_sent_as_its_payload(chat: Chat, browser: Browser) -> None:
    chat.open(browser.address)
    choices = (("Pay", "/pay"), ("Later", "/later"))
    message = chat.store.add(browser.address, Author.BOT, "Choose", buttons=choices)
    await browser.look()
    assert "/later" not in browser.page
    await browser.post("/messages", key="key-0001", message=str(message.id), choice="1")
    assert (chat.received[0].kind, chat.received[0].text) == (Kind.BUTTON, "/later")
    await browser.look()
    assert re.search(
        r'data-side="borrower">.*?<p class="text"[^>]*>Later</p>', browser.page, re.DOTALL
    )
    assert 'class="choices spent"' in browser.page


@pytest.mark.parametrize(
    ("message", "choice"),
    [("1", "0"), ("2", "5"), ("2", "-1"), ("99", "0"), ("x", "0"), ("3", "0")],
)
async def test_foreign_or_unknown_choices_are_ignored_with_a_kind_word(
    chat: Chat, browser: Browser, message: str, choice: str
) -> None:
    chat.open("someone-else")
    chat.store.add("someone-else", Author.BOT, "theirs", buttons=(("Yes", "/yes"),))
    chat.open(browser.address)
    chat.store.add(browser.address, Author.BOT, "mine", buttons=(("Yes", "/yes"),))
    chat.store.add(browser.address, Author.BOT, "no buttons")
    response = await browser.fetch(key="key-0001", message=message, choice=choice)
    assert response.status_code == 409
    assert "Nothing was changed" in response.json()["text"]
    response = await browser.post("/messages", key="key-0002", message=message, choice=choice)
    assert response.headers["location"] == "/?notice=stale"
    assert "Nothing was changed" in (await browser.look("/?notice=stale")).text
    assert not chat.received


async def test_choice_of_an_older_message_is_past_but_its_own_replay_is_not(
    chat: Chat, browser: Browser
) -> None:
    chat.open(browser.address)
    message = chat.store.add(browser.address, Author.BOT, "Sure?", buttons=(("Yes", "/yes"),))
    tap = {"message": str(message.id), "choice": "0"}
    assert (await browser.fetch(key="key-0001", **tap)).status_code == 202
    assert (await browser.fetch(key="key-0001", **tap)).status_code == 202
    assert (await browser.fetch(key="key-0002", **tap)).status_code == 409
    assert len(chat.received) == 1


async def test_changing_the_language_leaves_choices_open(chat: Chat, browser: Browser) -> None:
    chat.open(browser.address)
    message = chat.store.add(browser.address, Author.BOT, "Sure?", buttons=(("Yes", "/yes"),))
    await browser.post("/language", key="key-0001", language="zh-Hans")
    tap = await browser.fetch(key="key-0002", message=str(message.id), choice="0")
    assert tap.status_code == 202


# --- the lender's link ------------------------------------------------------------------------


async def test_looking_at_a_link_uses_nothing_up_and_says_nothing_personal(
    chat: Chat, browser: Browser
) -> None:
    response = await browser.look("/l/tok_en-12345678")
    assert response.status_code == 200
    assert not chat.received
    assert browser.page.count("tok_en-12345678") == 1
    assert 'action="/l/tok_en-12345678"' in browser.page
    assert (await browser.http.head("/l/tok_en-12345678")).status_code == 200
    assert not chat.received


async def test_continue_hands_the_token_over_and_the_chat_never_shows_it(
    chat: Chat, browser: Browser
) -> None:
    await browser.look("/l/tok_en-12345678")
    for _ in range(2):
        response = await browser.post("/l/tok_en-12345678")
        assert (response.status_code, response.headers["location"]) == (303, "/")
    assert [(i.kind, i.text) for i in chat.received] == [(Kind.TEXT, "/start tok_en-12345678")]
    assert chat.received[0].address == browser.address
    await browser.look()
    assert "tok_en" not in browser.page
    assert "You opened a link from Northbank" in browser.page


async def test_link_opened_in_a_chat_that_belongs_to_somebody_starts_a_new_chat(
    chat: Chat, browser: Browser
) -> None:
    first = browser.address
    chat.open(first, identity=VERIFIED)
    chat.store.add(first, Author.BOT, "Ann owes $182.40")
    await browser.post("/l/tok_en-12345678")
    assert chat.received[0].address == browser.address != first
    assert "182.40" not in (await browser.look()).text


async def test_cut_off_link_says_so(chat: Chat, browser: Browser) -> None:
    response = await browser.http.get("/l/abc")
    assert response.status_code == 404
    assert "This link is not complete" in response.text


# --- pictures ---------------------------------------------------------------------------------


async def test_picture_is_shown_to_its_own_chat_only(chat: Chat, browser: Browser) -> None:
    chat.open(browser.address)
    chat.open("someone-else")
    chat.store.add(browser.address, Author.BOT, "", picture=PNG, picture_alt="Six payments")
    chat.store.add("someone-else", Author.BOT, "", picture=PNG)
    chat.store.add(browser.address, Author.BOT, "no picture")
    response = await browser.http.get("/media/1.png")
    assert (response.content, response.headers["content-type"]) == (PNG, "image/png")
    assert response.headers["cache-control"] == "no-store"
    await browser.look()
    assert re.search(r'<img src="/media/1.png" alt="Six payments".* width="640"', browser.page)
    for foreign in ("2", "3", "9", "x"):
        assert (await browser.http.get(f"/media/{foreign}.png")).status_code == 404
    async with client(chat.app()) as stranger:
        assert (await stranger.get("/media/1.png")).status_code == 404


async def test_document_is_given_to_its_own_chat_only(chat: Chat, browser: Browser) -> None:
    chat.open(browser.address)
    chat.open("someone-else")
    pdf, name = b"%PDF-1.4 plan", "方案-PL-1.pdf"
    chat.store.add(browser.address, Author.BOT, "Done", document=pdf, document_name=name)
    chat.store.add("someone-else", Author.BOT, "Done", document=pdf, document_name=name)
    response = await browser.http.get("/media/1.pdf")
    assert (response.content, response.headers["content-type"]) == (pdf, "application/pdf")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E6")
    await browser.look()
    assert f'href="/media/1.pdf" download="{name}"' in browser.page
    for foreign in ("2", "9", "x"):
        assert (await browser.http.get(f"/media/{foreign}.pdf")).status_code == 404


# --- language, leaving ------------------------------------------------------------------------


async def test_language_before_a_conversation_changes_only_the_page(
    chat: Chat, browser: Browser
) -> None:
    await browser.post("/language", key="key-0001", language="zh-Hant")
    assert not chat.received
    await browser.look()
    assert '<html lang="zh-Hant">' in browser.page
    assert "智慧助理，不是真人" in browser.page
    assert "Northbank 不會在這裡向您索取密碼" in browser.page


async def test_language_in_a_conversation_is_told_to_the_assistant(
    chat: Chat, browser: Browser
) -> None:
    chat.open(browser.address)
    await browser.post("/language", key="key-0001", language="zh-Hans")
    assert chat.received[0].text == "/language zh-Hans"
    await browser.look()
    assert "您更改了语言" in browser.page
    assert "/language zh" not in browser.page.replace('action="/language"', "")
    assert (await browser.post("/language", key="key-0002", language="tlh")).status_code == 404


@pytest.mark.parametrize(
    ("accepts", "expected"),
    [
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"),
        ("zh-CN,zh;q=0.9", "zh-Hans"),
        ("de-DE,de;q=0.9,zh-HK;q=0.5", "zh-Hant"),
        ("de-DE", "en"),
        ("", "en"),
    ],
)
async def test_first_page_speaks_the_browsers_language(
    chat: Chat, accepts: str, expected: str
) -> None:
    async with client(chat.app(), headers={"Accept-Language": accepts}) as http:
        assert f'<html lang="{expected}">' in (await http.get("/")).text


async def test_language_chosen_in_the_chat_wins_on_the_page(chat: Chat, browser: Browser) -> None:
    await browser.post("/language", key="key-0001", language="en")
    chat.open(browser.address, language="zh-Hans", language_chosen=True)
    assert '<html lang="zh-Hans">' in (await browser.look()).text


async def test_leaving_forgets_the_chat_on_this_device(chat: Chat, browser: Browser) -> None:
    old = browser.address
    chat.open(old)
    chat.store.add(old, Author.BOT, "You owe $182.40")
    response = await browser.post("/leave")
    assert response.headers["location"] == "/?notice=left"
    await browser.look("/?notice=left")
    assert "This device has forgotten your chat." in browser.page
    assert "182.40" not in browser.page
    assert browser.address != old


# --- parts ------------------------------------------------------------------------------------


async def test_channel_wakes_the_pages_of_a_chat() -> None:
    hub = LiveHub()
    channel = WebChannel(hub)
    envelope = Envelope(
        message_id=MessageId(1),
        conversation_id=ConversationId("c-1"),
        address="address",
        language="en",
        content=Content(text="hello"),
    )
    with hub.listen("address") as page, hub.listen("c-1") as staff:
        assert await channel.send(envelope) == "web"
        assert await page.wait(1) == await staff.wait(1) == {"news"}
        await channel.show_typing("address")
        assert await page.wait(1) == {"typing"}


def test_every_language_has_every_text() -> None:
    for words in WORDS.values():
        assert set(words.problems) == set(Problem)
        assert len(words.starters) == len(WORDS["en"].starters)
    for language in ("zh-Hans", "zh-Hant"):
        assert "你" not in str(WORDS[language])


def test_ipv6_customers_are_counted_by_their_network() -> None:
    def asked_by(host: str) -> str:
        return client_network(cast(Any, type("R", (), {"client": type("C", (), {"host": host})})))

    assert asked_by("2001:db8::1") == asked_by("2001:db8::ffff:2") != asked_by("2001:db8:0:1::1")
    assert asked_by("203.0.113.5") == "203.0.113.5"


def test_browser_that_says_nothing_is_left_to_the_form_token() -> None:
    assert is_same_origin(cast(Any, type("R", (), {"headers": {}})))


def test_link_tokens_are_masked_in_the_access_log(chat: Chat) -> None:
    chat.app()
    record = logging.LogRecord(
        "uvicorn.access", 20, "", 0, '%s "%s %s"', ("1.2.3.4", "GET", "/l/secret-token?x=1"), None
    )
    assert logging.getLogger("uvicorn.access").filter(record)
    assert record.getMessage() == '1.2.3.4 "GET /l/***?x=1"'
