"""What a message must convey, and whether it does."""

from __future__ import annotations

import pytest

from compliance.disclosures import (
    DISCLOSURES,
    discloses,
    load_disclosures,
    required_disclosures,
)
from compliance.wording import Severity, WordingContext, check_wording

COMPLETE = {
    "en": (
        "This is the assistant of Northbank, about your loan ending 4471. We haven't seen the "
        "payment of $182.40 due Fri 20 Nov. This is an attempt to collect a debt, and any "
        "information obtained will be used for that purpose. If something looks wrong, tell us "
        "here. To talk to a person, reply PERSON. To stop these messages, reply STOP."
    ),
    "zh-Hans": (
        "这里是北岸银行的智能助手，关于您尾号4471的贷款：11月20日应还的1,826元尚未到账。"
        "本消息旨在收取债务，所获得的任何信息将用于该目的。如有异议，直接回复告诉我们。"
        "想找人工客服，回复“人工”；不想再收到，回复“停止”。"
    ),
    "zh-Hant": (
        "這裡是北岸銀行的智慧助理，關於您尾號4471的貸款：11月20日應繳的1,826元尚未入帳。"
        "本訊息旨在收取債務，所獲得的任何資訊將用於該目的。如有異議，請直接回覆告訴我們。"
        "想找客服專員，回覆「客服」；不想再收到，回覆「停止」。"
    ),
}
FIRST = WordingContext(profile="US", actor_role="third_party_collector", is_first_contact=True)
NOTHING_ELSE = ("identity", "purpose", "person", "opt_out", "us_18e1", "dispute")


@pytest.mark.parametrize("language", sorted(COMPLETE))
def test_a_complete_first_message_passes(language: str) -> None:
    assert check_wording(COMPLETE[language], language=language, context=FIRST) == ()
    assert set(FIRST.needed) == set(NOTHING_ELSE)


@pytest.mark.parametrize("language", sorted(COMPLETE))
def test_an_empty_message_lacks_everything(language: str) -> None:
    found = check_wording("…", language=language, context=FIRST)
    assert {finding.category for finding in found} == {f"missing_{c}" for c in NOTHING_ELSE}
    assert {finding.severity for finding in found} == {Severity.BLOCK}


@pytest.mark.parametrize("code", DISCLOSURES)
def test_what_is_suggested_is_enough(code: str) -> None:
    suggestion = load_disclosures()[code].suggestion
    assert discloses(suggestion.en, code, language="en")
    assert discloses(suggestion.zh, code, language="zh-Hans")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("identity", "Hi Ann, a quick note from Tideover for Northbank: $182.40 is due."),
        ("identity", "I'm {lender}'s assistant, a computer program and not a person."),
        ("identity", "【北岸银行】您的本期账单已出。"),
        ("identity", "我是{lender}的智慧助理，不是真人。"),
        ("purpose", "Your loan NB-204 has a payment of $60 due on Friday."),
        ("purpose", "您尾号 1182 的信用卡，最低应还 ¥200。"),
        ("person", "You can reach a colleague at any time."),
        ("person", "需要的话可以找人工客服。"),
        ("person", "Call us at +1 555 010 0100."),
        ("opt_out", "· reply STOP to stop"),
        ("opt_out", "回复T退订"),
        ("opt_out", "想停隨時回覆「停止」就行。"),
        ("us_18e1", "We are trying to collect a debt. Information you give us is used for that."),
        ("us_18e2", "This is from a debt collector."),
        ("us_18e2", "本消息来自催收机构。"),
        ("dispute", "If the amount looks wrong, tell us and a colleague will check it."),
        ("dispute", "如果金额不对，请告诉我们。"),
    ],
)
def test_said(code: str, text: str) -> None:
    assert discloses(text, code)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("identity", "$182.40 is due on Friday."),
        ("identity", "明天到期，请留意。"),
        ("purpose", "Please get in touch about a personal matter."),
        ("purpose", "有件事想跟您联系。"),
        ("person", "You can pay in the app."),
        ("opt_out", "To opt out, write a letter to our head office."),
        ("opt_out", "如需退订，请到网点办理。"),
        ("us_18e1", "This is an attempt to collect a debt."),
        (
            "us_18e1",
            "This is not an attempt to collect a debt; information is used for statistics.",
        ),
        ("us_18e2", "We are not a debt collector."),
        ("us_18e2", "我们不是催收公司。"),
        ("dispute", "Thank you for your payment."),
    ],
)
def test_not_said(code: str, text: str) -> None:
    assert not discloses(text, code)


def test_a_statement_counts_only_in_the_language_of_the_message() -> None:
    text = "This message is from a debt collector."
    assert discloses(text, "us_18e2", language="en")
    assert not discloses(text, "us_18e2", language="zh-Hans")
    assert discloses(text, "us_18e2")


def test_the_lender_must_be_the_lender() -> None:
    text = "This is the assistant of Ｎｏｒｔｈｂａｎｋ."
    assert discloses(text, "identity", lender="Northbank")
    assert not discloses(text, "identity", lender="Southbank")


def _required(**changes: str | bool) -> set[str]:
    usual: dict[str, str | bool] = {
        "profile": "US", "phase": "post_due", "actor_role": "creditor", "is_first": False,
        "channel": "chat", "purpose": "reminder",
    }  # fmt: skip
    return set(required_disclosures(**{**usual, **changes}))  # type: ignore[arg-type]


ALWAYS = {"identity", "purpose", "person"}


def test_what_is_required() -> None:
    collector = "third_party_collector"
    assert _required() == ALWAYS | {"opt_out"}
    assert _required(channel="letter") == ALWAYS
    assert _required(channel="call") == ALWAYS
    assert _required(actor_role=collector) == ALWAYS | {"opt_out", "us_18e2"}
    assert _required(actor_role=collector, profile="US-MA") == ALWAYS | {"opt_out", "us_18e2"}
    assert _required(actor_role=collector, profile="STRICT") == ALWAYS | {"opt_out", "us_18e2"}
    assert _required(actor_role=collector, profile="UK") == ALWAYS | {"opt_out"}
    assert _required(is_first=True) == ALWAYS | {"opt_out", "dispute"}
    assert _required(is_first=True, phase="pre_due") == ALWAYS | {"opt_out"}
    assert _required(is_first=True, purpose="reply") == ALWAYS | {"opt_out"}
    assert _required(is_first=True, actor_role=collector) == ALWAYS | {
        "opt_out", "us_18e1", "dispute",
    }  # fmt: skip
    assert _required(purpose="opt_out_confirmation", actor_role=collector) == set()


def test_in_a_running_talk_only_the_law_blocks() -> None:
    reply = WordingContext(profile="US", actor_role="third_party_collector", purpose="reply")
    weight = {f.category: f.severity for f in check_wording("All right.", context=reply)}
    assert weight == {
        "missing_identity": Severity.WARN,
        "missing_purpose": Severity.WARN,
        "missing_person": Severity.WARN,
        "missing_opt_out": Severity.BLOCK,
        "missing_us_18e2": Severity.BLOCK,
    }
    creditor = WordingContext(profile="UK", purpose="reply")
    assert {f.severity for f in check_wording("All right.", context=creditor)} == {Severity.WARN}
