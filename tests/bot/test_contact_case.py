"""What the gate is told of a chat, and that an answer leaves whoever's rules judge it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.contact_case import Known, Lender, Message, question
from bot.conversation import Conversation
from bot.messages import Author, Channel
from compliance.events import Event
from compliance.profile_file import available_profiles, load_profile
from compliance.question import answer
from compliance.terms import Channel as ContactChannel
from compliance.terms import ContactOutcome, Direction, Purpose
from compliance.wishes import Cease, KeptWish, OptOut, Said, WishId
from lending.account_file import AccountFile
from lending.accounts import Account, AccountStatus, Borrower, Product
from lending.holds import HoldKind, open_hold
from lending.ids import AccountId, BorrowerId, ConversationId
from lending.money import Money
from lending.terms import LoanTerms

NIGHT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)  # half past three in New York
CHAT = Conversation(
    id=ConversationId("c"),
    channel=Channel.TELEGRAM,
    address="7",
    is_private=True,
    language="en",
    language_chosen=False,
    opened_at=NIGHT,
)
ANN = Borrower(
    id=BorrowerId(1),
    reference="NB-1",
    full_name="Ann",
    given_name="Ann",
    language="en",
    timezone="America/New_York",
    jurisdiction="US",
    country="US",
)
LOAN = AccountFile(
    account=Account(
        id=AccountId(1),
        borrower_id=ANN.id,
        reference="PL-1",
        product=Product.INSTALMENT_LOAN,
        currency="USD",
        status=AccountStatus.ACTIVE,
        opened_on=date(2026, 1, 1),
        terms=LoanTerms(
            principal=Money(1_000, "USD"),
            annual_rate_bp=0,
            instalments=1,
            first_due_on=date(2027, 1, 1),
        ),
    )
)
# In D.C. even an answer wants the consent to chats that only its law asks for.
PLACES = [name for name in available_profiles() if name != "US-DC"]


def asked(at: datetime = NIGHT) -> Event:
    return Event(
        id="1",
        at=at,
        channel=ContactChannel.CHAT,
        direction=Direction.INBOUND,
        outcome=ContactOutcome.RECEIVED,
        address_id="7",
    )


def message(purpose: Purpose = Purpose.REPLY, *, answers: str | None = "1") -> Message:
    return Message(
        text="You owe nothing today.", author=Author.BOT, purpose=purpose, answers=answers, at=NIGHT
    )


def judged(one: Message, known: Known, chat: Conversation = CHAT) -> tuple[str, tuple[str, ...]]:
    given = answer(question(one, chat, known, Lender()), load_profile).decision
    return given.effect.value, given.rules


def someone(place: str, **fields: object) -> Known:
    borrower = None if place == "STRICT" else replace(ANN, jurisdiction=place)
    known = Known(borrower=borrower, files=(LOAN,) if borrower else (), events=(asked(),))
    return replace(known, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("place", PLACES)
def test_a_question_at_night_is_answered_everywhere(place: str) -> None:
    assert judged(message(), someone(place)) == ("allow", ())


@pytest.mark.parametrize("place", PLACES)
def test_what_nobody_asked_for_waits_or_stays(place: str) -> None:
    effect, rules = judged(message(Purpose.REMINDER, answers=None), someone(place))
    assert effect != "allow"
    assert rules


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("wish", "purpose"),
    [(OptOut(), Purpose.OPT_OUT_CONFIRMATION), (Cease(), Purpose.TERMINATION_NOTICE)],
)
def test_an_end_is_confirmed_although_it_holds_already(
    place: str, wish: OptOut | Cease, purpose: Purpose
) -> None:
    kept = KeptWish(
        id=WishId(1),
        borrower_id=ANN.id,
        said=Said(wish=wish, source="chat", said_at=NIGHT, text="leave me alone"),
    )
    known = someone(place, wishes=(kept,), opted_out_at=NIGHT)
    assert judged(message(purpose), known) == ("allow", ())


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "kind", [HoldKind.HARDSHIP_REQUEST, HoldKind.BREATHING_SPACE, HoldKind.VULNERABLE]
)
def test_people_in_hardship_are_answered(place: str, kind: HoldKind) -> None:
    hold = open_hold(
        kind=kind,
        borrower_id=ANN.id,
        account_id=None,
        from_on=date(2026, 11, 1),
        until_on=None,
        owner="borrower",
        reason="told us",
    )
    known = someone(place)
    held = tuple(replace(file, holds=(hold,)) for file in known.files)
    assert judged(message(), replace(known, files=held)) == ("allow", ())


def test_a_group_gets_nothing() -> None:
    effect, rules = judged(message(), someone("US"), replace(CHAT, is_private=False))
    assert effect == "block"
    assert "ALL-NO-GROUP" in rules


def test_parts_of_one_answer_are_one_answer_and_a_later_one_is_a_contact_of_its_own() -> None:
    part = Event(
        id="2",
        at=NIGHT - timedelta(seconds=3),
        channel=ContactChannel.CHAT,
        direction=Direction.OUTBOUND,
        outcome=ContactOutcome.SENT,
        purpose=Purpose.REPLY,
        reply_to="1",
    )
    earlier = asked(NIGHT - timedelta(seconds=9))
    assert judged(message(), someone("US", events=(earlier, part))) == ("allow", ())
    long_ago = (asked(NIGHT - timedelta(hours=2)), replace(part, at=NIGHT - timedelta(hours=1)))
    effect, rules = judged(message(), someone("US", events=long_ago))
    assert (effect, rules) == ("delay", ("US-1006.6-b-1-i",))
