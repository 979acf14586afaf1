"""What a reminder says: in each language, over each channel, with what the law asks for."""

from __future__ import annotations

from datetime import date

import pytest

from bot.languages import LANGUAGES
from bot.messages import Channel, Content
from compliance.wording import WordingContext, check_wording
from lending.accounts import Borrower
from lending.ids import BorrowerId
from lending.money import Money
from lending.position import Position
from scheduler.decide import Remind
from scheduler.errors import BadTemplate
from scheduler.sms import sms_size, to_sms
from scheduler.strategy import Step, Tone
from scheduler.templates import (
    Occasion,
    Sender,
    fill,
    load_wording,
    masked,
    render,
    template_names,
)
from tests.lending.books import account, loan_terms

TODAY = date(2026, 11, 25)
DUE = date(2026, 11, 20)
SENDER = Sender(
    name="Northbank",
    team_hours="Mon-Fri 09:00-18:00",
    phone="+1 555 0100",
    pay_url="https://northbank.example/pay",
)
STOP = "https://northbank.example/stop/abc"


def remind(template: str, currency: str = "USD", due: date = DUE) -> Remind:
    zero = Money(0, currency)
    position = Position(
        as_of=TODAY, overdue=zero, overdue_since=None, days_past_due=0, bucket="", next_due=None,
        payoff=zero, fees_owed=zero, pending=zero, credit=zero, rows=(),
    )  # fmt: skip
    step = Step(
        name="x", offset_days=1, until_days=2, template=template, tone=Tone.GENTLE, channels=()
    )
    amount = Money(18_240, currency)
    return Remind(step=step, due_on=due, version=1, number=1, amount=amount, position=position)


def write(
    template: str, language: str = "en", channel: Channel = Channel.TELEGRAM, **changes: object
) -> Content:
    country = {"USD": "US", "CNY": "CN", "INR": "IN", "GBP": "GB"}
    currency = str(changes.pop("currency", "USD"))
    borrower = Borrower(
        id=BorrowerId(1), reference="B-1", full_name="Ann Baker" if language == "en" else "陳美玲",
        given_name=str(changes.pop("given_name", "Ann")), language=language, timezone="UTC", jurisdiction="US",
        country=country[currency],
    )  # fmt: skip
    fields: dict[str, object] = {
        "channel": channel, "profile": "US", "phase": "post_due", "actor_role": "creditor",
        "is_first": True, "stop_url": STOP,
    }  # fmt: skip
    occasion = Occasion(**fields | changes)  # type: ignore[arg-type]
    return render(
        remind(template, currency),
        borrower=borrower,
        account=account(loan_terms()),
        sender=SENDER,
        occasion=occasion,
    )


@pytest.mark.parametrize("channel", [Channel.TELEGRAM, Channel.SMS, Channel.EMAIL])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_passes_the_wording_check(language: str, channel: Channel) -> None:
    """Every template, phase and role, under the profiles that ask for most and least."""
    for template in sorted(template_names()):
        for phase in ("pre_due", "post_due", "default"):
            for role in ("creditor", "third_party_collector"):
                for first in (True, False):
                    content = write(
                        template, language, channel, phase=phase, actor_role=role, is_first=first
                    )
                    context = WordingContext(
                        profile="US", phase=phase, actor_role=role, purpose="reminder",
                        channel="chat" if channel is Channel.TELEGRAM else channel.value,
                        is_first_contact=first, lender="Northbank",
                    )  # fmt: skip
                    found = check_wording(
                        content.text,
                        language=language,
                        context=context,
                        allowed_links=["northbank.example"],
                    )
                    assert found == (), (template, phase, role, first, content.text)


@pytest.mark.parametrize("currency", ["USD", "CNY", "INR", "GBP"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_sms_fits_two_segments(language: str, currency: str) -> None:
    for template in sorted(template_names()):
        for first in (True, False):
            text = write(template, language, Channel.SMS, is_first=first, currency=currency).text
            size = sms_size(text)
            assert size.segments <= 2, (template, size, text)
            assert size.alphabet == ("GSM-7" if language == "en" else "UCS-2"), text


@pytest.mark.parametrize(
    ("text", "alphabet", "segments"),
    [
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("款" * 70, "UCS-2", 1),
        ("款" * 71, "UCS-2", 2),
        ("款" * 134, "UCS-2", 2),
        ("款" * 135, "UCS-2", 3),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
    ],
)
def test_segments_are_counted_as_networks_count_them(
    text: str, alphabet: str, segments: int
) -> None:
    size = sms_size(text)
    assert (size.alphabet, size.segments) == (alphabet, segments)


def test_marks_that_cost_the_small_alphabet_are_made_plain_where_that_helps() -> None:
    assert to_sms("It’s due – ₹5") == "It's due - Rs 5"
    assert to_sms("还款日 – 明天") == "还款日 – 明天"


def test_a_chat_has_buttons_that_say_what_they_do() -> None:
    late = write("after_due")
    assert [button.label for button in late.buttons] == [
        "Pay", "I've already paid", "I need more time", "I need help", "Talk to a person",
    ]  # fmt: skip
    assert "$182.40" in late.text and "Fri 20 Nov" in late.text and "loan ending" in late.text


def test_an_email_says_the_same_in_text_and_html() -> None:
    mail = write("after_due", channel=Channel.EMAIL)
    assert mail.subject == "Northbank: Your payment of Fri 20 Nov, and ways we can help"
    assert mail.html is not None
    for piece in ("Hi Ann", "$182.40", "Talk to a person".lower()[:8], STOP, "PERSON"):
        assert piece in mail.text or piece in mail.text.lower()
        assert piece in mail.html or piece in mail.html.lower()
    assert "<script" not in mail.html and "src=" not in mail.html


def test_what_borrowers_are_called_is_never_markup() -> None:
    html = write("after_due", channel=Channel.EMAIL, given_name="<b>").html or ""
    assert "Hi &lt;b&gt;," in html and "<b>" not in html
    assert fill("Hi {name}", {"name": "<b>"}) == "Hi <b>"


def test_a_missing_value_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(BadTemplate, match="asks for day"):
        fill("due on {day}", {"name": "Ann"})
    with pytest.raises(BadTemplate, match="asks for name"):
        fill("Hi {name}", {"name": ""})


def test_a_text_that_asks_for_an_unknown_value_is_told_with_its_line(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    text = (
        (Path("scheduler/texts/en.yml"))
        .read_text("utf-8")
        .replace("{lender}: {amount}", "{bank}", 1)
    )
    (folder / "en.yml").write_text(text, "utf-8")
    with pytest.raises(BadTemplate, match=r"en\.yml:\d+: \{bank\} is not known"):
        load_wording.__wrapped__("en", folder)


@pytest.mark.parametrize(
    ("reference", "shown"), [("PL-1044", "1044"), ("PL-ANN", "ANN"), ("9988776655", "6655")]
)
def test_an_account_is_named_by_its_end(reference: str, shown: str) -> None:
    assert masked(reference) == shown


def test_every_language_has_every_text() -> None:
    for language in LANGUAGES:
        assert set(load_wording(language).templates) == template_names()
