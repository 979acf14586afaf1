"""Settings of payments: what is missing is named, and the doctor asks the provider."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.pay.ports import ProviderAway
from console.doctor import _payments
from settings import Settings
from wiring.pay import BadPaySettings, allowed_hosts, check_pay_settings, pays_here, try_provider

STRIPE: dict[str, Any] = {
    "pay_provider": "stripe",
    "pay_secret": SecretStr("sk_1"),
    "pay_webhook_secret": SecretStr("whsec_1"),
    "base_url": "https://chat.bank.example",
}


def settings(**changed: Any) -> Settings:
    return Settings(data_dir=Path("unused"), **changed)


@pytest.mark.parametrize("missing", ["pay_secret", "pay_webhook_secret", "base_url"])
def test_half_of_the_settings_is_none_and_says_which(missing: str) -> None:
    with pytest.raises(BadPaySettings, match=f"TIDEOVER_{missing.upper()} missing"):
        check_pay_settings(settings(**{**STRIPE, missing: None}))


def test_the_key_never_goes_over_an_open_connection() -> None:
    with pytest.raises(BadPaySettings, match="open connection"):
        check_pay_settings(settings(**STRIPE, pay_api_url="http://psp.example"))
    check_pay_settings(settings(**STRIPE, pay_api_url="http://127.0.0.1:9"))


def test_payments_are_off_until_they_are_set() -> None:
    assert not pays_here(settings())
    assert pays_here(settings(pay_provider="sandbox"))
    assert pays_here(settings(pay_telegram_token=SecretStr("1:TEST")))


def test_links_may_lead_to_the_provider_and_to_ourselves() -> None:
    hosts = allowed_hosts(settings(**STRIPE))
    assert hosts.allows("https://checkout.stripe.com/x")
    assert hosts.allows("https://chat.bank.example/x")
    assert not hosts.allows("https://bank.example/x")


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (httpx.Response(200, json={"data": []}), None),
        (httpx.Response(401), BadPaySettings),
        (httpx.Response(403), BadPaySettings),
        (httpx.Response(500), ProviderAway),
        (httpx.ConnectError("down"), ProviderAway),
    ],
)
async def test_the_provider_is_asked_whether_it_takes_the_key(
    answer: httpx.Response | Exception, problem: type[Exception] | None
) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer sk_1"
        if isinstance(answer, Exception):
            raise answer
        return answer

    transport = httpx.MockTransport(handle)
    if problem is None:
        await try_provider(settings(**STRIPE), transport)
    else:
        with pytest.raises(problem):
            await try_provider(settings(**STRIPE), transport)


def test_the_doctor_says_how_payments_stand() -> None:
    assert "TIDEOVER_PAY_PROVIDER=none" in _payments(settings())
    assert "no real money" in _payments(settings(pay_provider="sandbox"))
    alone = settings(pay_telegram_token=SecretStr("1:TEST"))
    assert "not used without a bot" in _payments(alone)
    with pytest.raises(BadPaySettings):
        _payments(settings(pay_provider="stripe"))
