"""SMS against a server that speaks Twilio's API; what its answers, reports and replies mean."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.messages import Channel, Content, Envelope, Inbound, SendFailed
from bot.sms import SmsAccount, SmsChannel, signature
from bot.sms_hooks import sms_router
from lending.ids import ConversationId, MessageId
from store.db import Database
from tests.scheduler.portfolio import DUE, Line, add_loan, add_point, at


@dataclass
class Provider:
    """Answers with `status` and `body`, and keeps what it was asked."""

    url: str = ""
    status: int = 201
    body: str = '{"sid": "SM1"}'
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def provider() -> Iterator[Provider]:
    state = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
            state.asked.append((self.path, self.headers["Authorization"], form))
            if state.status == 0:  # hangs up without an answer
                return
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(state.body.encode())

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def account(url: str, **changes: Any) -> SmsAccount:
    fields: dict[str, Any] = {
        "sid": "AC1",
        "token": "secret",
        "sender": "+15550100",
        "api_url": url,
    }
    return SmsAccount(**fields | changes)


def envelope(text: str = "hello") -> Envelope:
    return Envelope(
        message_id=MessageId(1), conversation_id=ConversationId("c"), address="+447700900001",
        language="en", content=Content(text=text),
    )  # fmt: skip


async def send(url: str, **changes: Any) -> str:
    channel = SmsChannel(account(url, **changes))
    try:
        return await channel.send(envelope())
    finally:
        await channel.close()


async def test_a_message_goes_out_as_the_provider_wants_it(provider: Provider) -> None:
    assert await send(provider.url, status_url="https://us.example/sms/status") == "SM1"
    path, authorization, form = provider.asked[0]
    assert path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert authorization.startswith("Basic ")
    assert form == {
        "To": "+447700900001", "From": "+15550100", "Body": "hello",
        "StatusCallback": "https://us.example/sms/status",
    }  # fmt: skip


async def test_a_messaging_service_is_named_as_one(provider: Provider) -> None:
    await send(provider.url, sender="MG1")
    assert provider.asked[0][2]["MessagingServiceSid"] == "MG1"


@pytest.mark.parametrize(
    ("status", "body", "headers", "expected"),
    [
        (400, '{"code": 21211}', {}, {"permanent": True}),
        (400, '{"code": 21610}', {}, {"permanent": True}),
        (400, '{"code": 21620}', {}, {"permanent": False, "uncertain": False}),
        (401, "", {}, {"permanent": False, "uncertain": False}),
        (429, "", {"Retry-After": "7"}, {"retry_after": 7.0, "uncertain": False}),
        (429, "", {"Retry-After": "soon"}, {"retry_after": 5.0}),
        (500, "", {}, {"uncertain": True}),
        (0, "", {}, {"uncertain": True}),
    ],
)
async def test_what_a_refusal_means(
    provider: Provider, status: int, body: str, headers: dict[str, str], expected: dict[str, Any]
) -> None:
    provider.status, provider.body, provider.headers = status, body, headers
    with pytest.raises(SendFailed) as failed:
        await send(provider.url)
    assert {name: getattr(failed.value, name) for name in expected} == expected


async def test_a_provider_that_is_not_there_was_surely_not_asked() -> None:
    with pytest.raises(SendFailed) as failed:
        await send("http://127.0.0.1:1")
    assert not failed.value.uncertain and not failed.value.permanent


TOKEN, URL = "secret", "https://us.example"


def hooks(database: Database, received: list[Inbound]) -> TestClient:
    async def receive(inbound: Inbound) -> None:
        received.append(inbound)

    app = FastAPI()
    app.include_router(
        sms_router(
            store=database, receive=receive, clock=lambda: at(DUE), token=TOKEN, public_url=URL
        )
    )
    return TestClient(app)


def post(client: TestClient, path: str, form: dict[str, str], token: str = TOKEN) -> int:
    headers = {"X-Twilio-Signature": signature(token, URL + path, form)}
    return client.post(path, data=form, headers=headers).status_code


def test_a_reply_comes_in_like_any_message(database: Database) -> None:
    received: list[Inbound] = []
    client = hooks(database, received)
    form = {"From": "+447700900001", "Body": "STOP", "MessageSid": "SM9"}
    assert post(client, "/sms/reply", form) == 200
    assert [(i.channel, i.address, i.text) for i in received] == [
        (Channel.SMS, "+447700900001", "STOP")
    ]


def test_a_call_that_the_provider_did_not_sign_is_refused(database: Database) -> None:
    received: list[Inbound] = []
    client = hooks(database, received)
    form = {"From": "+447700900001", "Body": "STOP", "MessageSid": "SM9"}
    assert post(client, "/sms/reply", form, token="other") == 403
    assert client.post("/sms/status", data={"MessageSid": "SM9"}).status_code == 403
    assert received == []


async def test_a_report_is_kept_and_a_dead_number_not_written_to_again(database: Database) -> None:
    line = Line(database)
    add_loan(database, chat=False)
    add_point(database, "phone", "+447700900001")
    await line.days(DUE, DUE)
    assert len(line.sms.sent) == 1
    client = hooks(database, [])
    assert post(client, "/sms/status", {"MessageSid": "m1", "MessageStatus": "sent"}) == 204
    failed = {"MessageSid": "m1", "MessageStatus": "undelivered", "ErrorCode": "30005"}
    assert post(client, "/sms/status", failed) == 204
    assert post(client, "/sms/status", failed) == 204
    assert post(client, "/sms/status", failed | {"MessageSid": "other"}) == 204
    from sqlalchemy import select

    from store.tables import DeliveryReportRow as Report

    with database.session() as session:
        kept = session.execute(select(Report.status, Report.code).order_by(Report.id)).all()
    assert [tuple(row) for row in kept] == [("sent", ""), ("undelivered", "30005")]
    line.sms.sent.clear()
    from datetime import timedelta

    await line.days(DUE + timedelta(days=1), DUE + timedelta(days=3))
    assert line.sms.sent == []
