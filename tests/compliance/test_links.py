"""Links that the lender has not allowed."""

from __future__ import annotations

import pytest

from compliance.links import links_not_allowed

ALLOWED = ("pay.northbank.example", "https://northbank.example/help/")


def _found(text: str) -> list[str]:
    return [text[start:end] for start, end in links_not_allowed(text, ALLOWED)]


@pytest.mark.parametrize(
    "text",
    [
        "Pay at https://pay.northbank.example/l/abc.",
        "Pay at pay.northbank.example, please.",
        "请开启 pay.northbank.example 查看。",
        "HTTPS://PAY.NORTHBANK.EXAMPLE/x",
        "See https://northbank.example/help/plans",
        "Amounts: 1.326,50 or 182.40; 9.30 a.m.; e.g. this one. See No.5.",
        "Write to help@northbank.example or call tel://+15550100.",
        "You can pay here: {url}",
        "Paid.Thank you",
        "Thank you.Pay when it suits you.",
    ],
)
def test_allowed_or_no_link(text: str) -> None:
    assert _found(text) == []


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("http://pay.northbank.example/x", "http://pay.northbank.example/x"),
        (
            "https://evil.example/pay.northbank.example",
            "https://evil.example/pay.northbank.example",
        ),
        (
            "https://pay.northbank.example@evil.example",
            "https://pay.northbank.example@evil.example",
        ),
        ("https://pay.northbank.example.evil.com/", "https://pay.northbank.example.evil.com/"),
        ("https://sub.pay.northbank.example/", "https://sub.pay.northbank.example/"),
        ("https://pay.northbank.example:8443/", "https://pay.northbank.example:8443/"),
        ("https://pay.northbаnk.example/", "https://pay.northbаnk.example/"),  # Cyrillic a
        ("https://pay.north\u200bbank.example/", "https://pay.north\u200bbank.example/"),
        ("https://northbank.example/pay", "https://northbank.example/pay"),
        ("https://northbank.example/help/../pay", "https://northbank.example/help/../pay"),
        ("tap bit.ly/3xY now", "bit.ly/3xY"),
        ("t.me/northbank_help", "t.me/northbank_help"),
        ("evil[.]com/x", "evil[.]com/x"),
        ("打开ｅｖｉｌ．ｃｏｍ／ｘ", "ｅｖｉｌ．ｃｏｍ／ｘ"),
        ("打开 evil。vip/pay 处理", "evil。vip/pay"),
        ("hxxp://evil.example/x", "hxxp://evil.example/x"),
        ("http://203.0.113.9/pay", "http://203.0.113.9/pay"),
        ("203.0.113.9/pay", "203.0.113.9/pay"),
        ("go to northbank.money/ann", "northbank.money/ann"),
        ("[https://pay.northbank.example/](https://evil.example/)", "https://evil.example/"),
        ("tg://resolve?domain=evil", "tg://resolve?domain=evil"),
    ],
)
def test_not_allowed(text: str, link: str) -> None:
    assert _found(text) == [link]
