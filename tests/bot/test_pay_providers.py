"""What goes to a payment provider, what its answers mean, and where links may lead."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest

from bot.pay.amounts import from_provider, to_provider
from bot.pay.links import AllowedHosts
from bot.pay.page import PayPages
from bot.pay.ports import About, ForeignLink, ProviderAway, ProviderRefused
from bot.pay.sandbox import SandboxProvider
from bot.pay.stripe import StripeCheckout
from bot.pay.stripe_events import check_signature, read_event
from lending.ids import AccountId, BorrowerId
from lending.money import Money
from lending.pay_orders import Heard, PayChoice, PayOrder

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ORDER = PayOrder(
    id="o1",
    borrower_id=BorrowerId(1),
    account_id=AccountId(1),
    amount=Money(18_240, "USD"),
    choice=PayChoice.OVERDUE,
    provider="stripe",
    language="zh-Hant",
    created_at=NOW,
    expires_at=NOW + timedelta(hours=12),
)
ABOUT = About(
    title="Payment to Northbank",
    language="zh-Hant",
    success_url="https://chat.example/pay/back/done",
    cancel_url="https://chat.example/pay/back/left",
    choices={"full": Money(396_410, "USD")},
)
GOOD = {"id": "cs_1", "url": "https://checkout.stripe.com/c/cs_1", "expires_at": 1_796_000_000}


def checkout(
    answer: httpx.Response | Exception, seen: list[httpx.Request] | None = None
) -> StripeCheckout:
    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return StripeCheckout(
        secret="sk_test_secret",
        api_url="https://api.stripe.com",
        transport=httpx.MockTransport(handle),
    )


async def test_the_provider_learns_an_amount_and_nothing_of_the_borrower() -> None:
    seen: list[httpx.Request] = []
    about = About(**{**{n: getattr(ABOUT, n) for n in ABOUT.__slots__}, "choices": {}})

    session = await checkout(httpx.Response(200, json=GOOD), seen).open(ORDER, about)

    [request] = seen
    fields = dict(parse_qsl(request.content.decode()))
    assert (session.id, session.url) == ("cs_1", GOOD["url"])
    assert str(request.url) == "https://api.stripe.com/v1/checkout/sessions"
    assert request.headers["authorization"] == "Bearer sk_test_secret"
    assert request.headers["idempotency-key"] == "o1"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert fields == {
        "mode": "payment",
        "client_reference_id": "o1",
        "locale": "zh-TW",
        "success_url": about.success_url,
        "cancel_url": about.cancel_url,
        "expires_at": str(int(ORDER.expires_at.timestamp())),
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": "18240",
        "line_items[0][price_data][product_data][name]": "Payment to Northbank",
        "metadata[order]": "o1",
        "payment_intent_data[metadata][order]": "o1",
    }


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(503, text="<html>"),
        httpx.Response(429),
        httpx.Response(409),
        httpx.Response(401),
        httpx.Response(302, headers={"location": "https://evil.example"}),
        httpx.Response(200, text="not json"),
        httpx.Response(200, json={"id": "cs_1"}),
        httpx.Response(200, json={**GOOD, "expires_at": "soon"}),
        httpx.Response(200, json=[]),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("down"),
        httpx.RemoteProtocolError("cut"),
    ],
    ids=repr,
)
async def test_a_provider_that_fails_is_away_and_its_key_stays_ours(
    answer: httpx.Response | Exception,
) -> None:
    with pytest.raises(ProviderAway) as problem:
        await checkout(answer).open(ORDER, ABOUT)

    assert "sk_test" not in str(problem.value)


@pytest.mark.parametrize("status", [400, 402, 404, 422])
async def test_what_the_provider_will_not_take_is_refused(status: int) -> None:
    with pytest.raises(ProviderRefused):
        await checkout(httpx.Response(status, json={"error": {}})).open(ORDER, ABOUT)


@pytest.mark.parametrize(
    ("minor", "currency", "theirs"),
    [(100, "USD", 100), (500, "JPY", 500), (7, "ISK", 700), (7, "UGX", 700), (1_230, "KWD", 1_230)],
)
def test_amounts_are_counted_as_the_provider_counts(minor: int, currency: str, theirs: int) -> None:
    assert to_provider(Money(minor, currency)) == theirs
    assert from_provider(theirs, currency.lower()) == Money(minor, currency)


def test_amounts_that_cannot_be_charged_to_the_last_unit_are_refused() -> None:
    for call in (lambda: to_provider(Money(1_234, "KWD")), lambda: from_provider(150, "isk")):
        with pytest.raises(ProviderRefused):
            call()


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://checkout.stripe.com/c/pay", True),
        ("https://CHECKOUT.stripe.com./c", True),
        ("https://pay.bank.example/x", True),
        ("https://a.b.bank.example/x", True),
        ("https://bank.example/x", False),
        ("https://checkout.stripe.com.evil.example/", False),
        ("https://evil.example/checkout.stripe.com", False),
        ("https://checkout.stripe.com@evil.example/", False),
        ("https://evil.example\\@checkout.stripe.com/", False),
        ("https://xbank.example/", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//checkout.stripe.com/", False),
        ("https://[::1", False),
        ("", False),
    ],
)
def test_links_lead_to_allowed_hosts_only(url: str, allowed: bool) -> None:
    hosts = AllowedHosts(["checkout.stripe.com", " *.bank.example ", ""])
    assert hosts.allows(url) is allowed
    if not allowed:
        with pytest.raises(ForeignLink):
            hosts.check(url)


class Trial:
    """The trial provider with a webhook that answers as a test says."""

    def __init__(self, file: Path | None = None) -> None:
        self.answers: list[int] = []
        self.reports: list[tuple[bytes, str]] = []
        self.now = NOW
        self.provider = SandboxProvider(
            api_key="sk_1",
            webhook_secret="whsec_1",
            public_url="http://x/sandbox",
            pages=PayPages("Northbank"),
            clock=lambda: self.now,
            deliver=self.deliver,
            file=file,
        )
        transport = httpx.ASGITransport(app=self.provider.app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://sandbox")
        self.checkout = StripeCheckout(
            secret="sk_1",
            api_url="http://sandbox",
            name="sandbox",
            is_own=True,
            transport=transport,
        )

    async def deliver(self, body: bytes, header: str) -> int:
        self.reports.append((body, header))
        check_signature(header, body, ["whsec_1"], self.now)
        return self.answers.pop(0) if self.answers else 200

    async def page(self) -> str:
        session = await self.checkout.open(ORDER, ABOUT)
        return session.url.removeprefix("http://x/sandbox")


async def test_our_client_and_the_trial_provider_speak_the_same() -> None:
    trial = Trial()
    page = await trial.page()
    assert page == await trial.page()  # the same key is the same session

    shown = (await trial.client.get(page)).text
    assert '<html lang="zh-Hant">' in shown and "3,964.10" in shown
    answers = await asyncio.gather(
        *(trial.client.post(page, data={"amount": "full", "outcome": "pay"}) for _ in range(4))
    )

    assert {answer.headers["location"] for answer in answers} == {ABOUT.success_url}
    [(body, _)] = trial.reports
    event = read_event(body, "sandbox")
    assert event is not None and event.kind is Heard.PAID
    assert (event.order_id, event.amount) == ("o1", Money(396_410, "USD"))


async def test_a_report_that_is_not_taken_leaves_the_page_open() -> None:
    trial = Trial()
    trial.answers = [503]
    page = await trial.page()
    answer = await trial.client.post(page, data={"outcome": "pay"})
    assert answer.status_code == 400 and "沒有遺失" in answer.text
    assert (await trial.client.post(page, data={"outcome": "pay"})).status_code == 303
    first, second = (json.loads(body)["id"] for body, _ in trial.reports)
    assert first == second  # the same happening, told again


@pytest.mark.parametrize("typed", ["", "0", "-5", "abc", "NaN", "Infinity", "1e30", "0.001"])
async def test_an_amount_that_makes_no_sense_is_said_so(typed: str) -> None:
    trial = Trial()
    form = {"amount": "other", "other": typed, "outcome": "pay"}
    answer = await trial.client.post(await trial.page(), data=form)
    assert answer.status_code == 400 and 'role="alert"' in answer.text
    assert trial.reports == []


async def test_a_page_runs_out_and_says_so_once() -> None:
    trial = Trial()
    page = await trial.page()
    trial.now = ORDER.expires_at
    assert "頁面已過期" in (await trial.client.get(page)).text
    await trial.client.post(page, data={"outcome": "pay"})
    assert [json.loads(body)["type"] for body, _ in trial.reports] == ["checkout.session.expired"]


async def test_strangers_make_no_sessions_and_unknown_pages_are_not_there(tmp_path: Path) -> None:
    trial = Trial(tmp_path / "kept.json")
    sessions = "/v1/checkout/sessions"
    assert (await trial.client.post(sessions, data={})).status_code == 401
    mine = {"Authorization": "Bearer sk_1"}
    assert (await trial.client.post(sessions, data={}, headers=mine)).status_code == 400
    big = await trial.client.post(sessions, content=b"x" * 30_000, headers=mine)
    assert big.status_code == 413
    gone = await trial.client.get("/pay/cs_unknown?language=zh-Hans")
    assert gone.status_code == 404 and "页面不存在" in gone.text

    page = await trial.page()
    assert (await Trial(tmp_path / "kept.json").client.get(page)).status_code == 200
    (tmp_path / "kept.json").write_text("{broken")
    assert (await Trial(tmp_path / "kept.json").client.get(page)).status_code == 404
