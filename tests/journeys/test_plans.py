"""Hard times as people tell them, in English and Chinese: from the first word to what is booked."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bot.conversation import EscalationReason
from bot.messages import Content
from bot.plan_news import PlanNews
from lending.account_file import AccountFile
from lending.accounts import Payment, PaymentStatus
from lending.bookkeeping import place_hold, record_payment
from lending.dates import local_day
from lending.events import EventType
from lending.holds import HoldKind, open_hold
from lending.ids import PaymentId
from lending.money import Money
from lending.plan_certificate import read_certificate
from lending.plan_ports import Now
from lending.plan_records import KeptOffer, OfferState, Plan, PlanState
from lending.plan_service import PlanOffice
from lending.promise_states import PromiseState, promise_states
from scheduler.promise_review import review_promises
from tests.journeys.asked import ASKED
from tests.journeys.stage import Stage, borrower_of, label, says, text_of

HARDSHIP = {
    "en": ["I got laid off last week, I can't do this", "maybe 1400 with benefits",
           "rent 700, food 300, bills 150", "none", "about 6 months"],
    "zh-Hans": ["我失业了，还不起了", "大概4500", "房租2000，吃饭1500", "没有", "半年"],
    "zh-Hant": ["我失業了，繳不出來", "大概1400", "房租700，吃飯300，雜費150", "沒有", "半年"],
}  # fmt: skip
WHO = {"en": "NB-ANN", "zh-Hans": "NB-WEI", "zh-Hant": "NB-ANN"}
YES = {"en": "yes", "zh-Hans": "好", "zh-Hant": "好"}
EACH = pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
BOTH = pytest.mark.parametrize("language", ["en", "zh-Hans"])


# Looking into the books.


def file_of(stage: Stage, reference: str) -> AccountFile:
    with stage.database.unit() as uow:
        found = uow.accounts.by_reference(reference)
    assert found is not None
    return found


def reference_of(who: str) -> str:
    return {"NB-ANN": "PL-ANN", "NB-WEI": "PL-WEI", "NB-MEI": "CC-MEI"}[who]


def plans_of(stage: Stage, reference: str) -> tuple[Plan, ...]:
    account = file_of(stage, reference).account
    with stage.database.unit() as uow:
        return uow.plans.plans_of(account.id)


def offers_of(stage: Stage, who: str) -> list[KeptOffer]:
    with stage.database.unit() as uow:
        return list(uow.plans.offers_of(borrower_of(stage.database, who).id))


def new_offers(stage: Stage, who: str, before: list[KeptOffer]) -> list[KeptOffer]:
    known = {offer.id for offer in before}
    return [offer for offer in offers_of(stage, who) if offer.id not in known]


def lettered(stage: Stage, who: str, contents: list[Content], place: int = 0) -> KeptOffer:
    """The offer behind the first, second ... of the buttons that choose."""
    payloads = [b.payload for c in contents for b in c.buttons if '"do":"choose"' in b.payload]
    offer_id = json.loads(payloads[place].removeprefix("/plan"))["offer"]
    return next(o for o in offers_of(stage, who) if o.id == offer_id)


def told_of(stage: Stage, who: str) -> list[EventType]:
    """What the lender's system was told about promises and plans, in order."""
    with stage.database.unit() as uow:
        kept = uow.outgoing.page(
            after=0, limit=100, borrower_id=borrower_of(stage.database, who).id
        )
    return [e.type for e in kept if e.type.value.startswith(("promise.", "plan."))]


def holds_of(stage: Stage, who: str) -> dict[HoldKind, date | None]:
    today = now_of(stage, who).today
    file = file_of(stage, reference_of(who))
    return {h.kind: h.until_on for h in file.holds if h.covers(today)}


def now_of(stage: Stage, who: str) -> Now:
    zone = borrower_of(stage.database, who).timezone
    return Now(today=local_day(stage.clock(), zone), at=stage.clock())


def office_of(stage: Stage) -> PlanOffice:
    from actions._base import current_desk

    office = current_desk().plans
    assert office is not None
    return office


async def told_all(stage: Stage, language: str, who: str | None = None) -> list[Content]:
    """Tell the whole story of the household; give the last answer: the offers."""
    await stage.verify(who or WHO[language], language=language)
    answer: list[Content] = []
    for line in HARDSHIP[language]:
        answer = await stage.says(line)
        assert answer, line
    return answer


def shown_amounts(stage: Stage, who: str, language: str, offer: KeptOffer) -> set[str]:
    [account] = stage.accounts(who, language)
    return {account.money(row.amount) for row in offer.offer.rows}


# From a lost job to a plan.


@EACH
async def test_a_lost_job_becomes_a_plan_that_is_booked_as_shown(
    stage: Stage, language: str
) -> None:
    who = WHO[language]
    offers = await told_all(stage, language)
    assert says(offers, "utter_plan_offers", language)
    [content] = [c for c in offers if c.picture]
    assert content.picture is not None and content.picture.png.startswith(b"\x89PNG")
    kept = offers_of(stage, who)
    assert 1 <= len(kept) <= 3

    read_back = await stage.says("A")
    chosen = lettered(stage, who, offers)
    assert says(read_back, "utter_ask_plan_confirmed", language)
    for amount in shown_amounts(stage, who, language, chosen):
        assert amount in text_of(read_back)
    [account] = stage.accounts(who, language)
    assert account.money(chosen.offer.cost) in text_of(read_back)
    assert plans_of(stage, reference_of(who)) == ()

    done = await stage.says(YES[language])
    [plan] = plans_of(stage, reference_of(who))
    assert says(done, "utter_plan_done", language)
    assert (plan.id, plan.state) == (chosen.id, PlanState.ON_TRACK)
    schedule = file_of(stage, reference_of(who)).schedule
    assert schedule is not None and schedule.instalments == chosen.offer.rows
    assert "blocked_by_rule" not in stage.escalations()

    [paper] = [c.document for c in done if c.document]
    with stage.database.unit() as uow:
        certificate = uow.plans.certificates_of(plan.id)[-1]
    assert paper.pdf.startswith(b"%PDF") and certificate.sha256[:12] in text_of(done)
    _, rows = read_certificate(certificate.text.encode(), certificate.sha256)
    assert rows == chosen.offer.rows
    told = [EventType.PLAN_OFFERED] * len(kept) + [EventType.PLAN_ACCEPTED]
    assert told_of(stage, who) == told


@BOTH
async def test_reminders_pause_when_it_starts_and_the_text_says_until_when(
    stage: Stage, language: str
) -> None:
    who = WHO[language]
    await stage.verify(who, language=language)
    first = text_of(await stage.says(HARDSHIP[language][0]))
    until = holds_of(stage, who)[HoldKind.HARDSHIP_REQUEST]
    [account] = stage.accounts(who, language)
    assert until is not None and account.day(until) in first


@BOTH
async def test_the_plan_stands_in_every_balance_answer(stage: Stage, language: str) -> None:
    await told_all(stage, language)
    await stage.says("A")
    await stage.says(YES[language])
    [kept] = [o for o in offers_of(stage, WHO[language]) if o.state is OfferState.ACCEPTED]
    for days in (0, 1, 20):
        stage.clock.forward(days=days)
        await stage.verify(WHO[language], language=language)
        answer = await stage.says(ASKED["check_balance"][language])
        [account] = stage.accounts(WHO[language], language)
        assert says(answer, "utter_part_plan_next", language)
        assert account.money(kept.offer.rows[0].amount) in text_of(answer)


@BOTH
async def test_what_if_longer_and_why(stage: Stage, language: str) -> None:
    await told_all(stage, language)
    before = offers_of(stage, WHO[language])
    less = await stage.says({"en": "what if 60 a month", "zh-Hans": "每月300呢"}[language])
    assert says(less, "utter_part_offers_if", language)
    new = new_offers(stage, WHO[language], before)
    most = {"en": 60_00, "zh-Hans": 300_00}[language]
    assert new and all(o.offer.payment.minor <= most for o in new)

    why = await stage.says({"en": "why this one", "zh-Hans": "为什么是这个"}[language])
    assert says(why, "utter_part_why_left_out", language)
    longer = await stage.says({"en": "can you do longer", "zh-Hans": "能再长一点吗"}[language])
    assert says(longer, "utter_part_offers_longer", language)
    longest = max(len(o.offer.rows) for o in new)
    newest = new_offers(stage, WHO[language], [*before, *new])
    assert newest and all(len(o.offer.rows) > longest for o in newest)


async def test_a_monthly_amount_alone_is_enough(stage: Stage) -> None:
    await stage.verify("NB-ANN")
    answer = await stage.says("can I pay 60 a month instead")
    assert says(answer, "utter_part_offers_if")
    assert all(o.offer.payment.minor <= 60_00 for o in offers_of(stage, "NB-ANN"))


@BOTH
async def test_a_correction_in_the_middle(stage: Stage, language: str) -> None:
    await stage.verify(WHO[language], language=language)
    await stage.says(HARDSHIP[language][0])
    await stage.says({"en": "1400", "zh-Hans": "5000"}[language])
    corrected = await stage.says({"en": "no, 1500", "zh-Hans": "不对，是4500"}[language])
    [account] = stage.accounts(WHO[language], language)
    amount = Money({"en": 1500_00, "zh-Hans": 4500_00}[language], account.file.account.currency)
    assert account.money(amount) in text_of(corrected)
    assert says(corrected, "utter_part_corrected_income", language)
    assert says(corrected, "utter_ask_household_spending", language)


@EACH
async def test_the_form_survives_a_question_about_the_balance(stage: Stage, language: str) -> None:
    await stage.verify(WHO[language], language=language)
    await stage.says(HARDSHIP[language][0])
    await stage.says(HARDSHIP[language][1])
    answer = await stage.says(ASKED["check_balance"][language])
    assert says(answer, "utter_ask_household_spending", language)
    [account] = stage.accounts(WHO[language], language)
    assert account.money(account.position.payoff) in text_of(answer)
    assert says(await stage.says(HARDSHIP[language][2]), "utter_ask_household_debts", language)


@EACH
async def test_pausing_and_going_on(stage: Stage, language: str) -> None:
    await stage.verify(WHO[language], language=language)
    await stage.says(HARDSHIP[language][0])
    pause = {"en": "hang on a minute", "zh-Hans": "等一下，我查查", "zh-Hant": "等一下，我查一下"}
    assert says(await stage.says(pause[language]), "utter_hardship_take_your_time", language)
    on = await stage.says(HARDSHIP[language][1])
    assert says(on, "utter_ask_household_spending", language)


@BOTH
async def test_cancelling_changes_nothing(stage: Stage, language: str) -> None:
    await stage.verify(WHO[language], language=language)
    await stage.says(HARDSHIP[language][0])
    assert says(await stage.says(ASKED["cancel"][language]), "utter_cancelled", language)
    assert offers_of(stage, WHO[language]) == []


@EACH
async def test_despair_in_the_middle_is_about_the_person_only(stage: Stage, language: str) -> None:
    await stage.verify(WHO[language], language=language)
    await stage.says(HARDSHIP[language][0])
    answer = await stage.says(ASKED["express_distress"][language])
    assert "distress" in stage.escalations()
    assert not any(c.text for c in answer if says([c], "utter_ask_household_income", language))
    assert len(answer) == 1


@BOTH
async def test_a_person_in_the_middle(stage: Stage, language: str) -> None:
    await stage.verify(WHO[language], language=language)
    await stage.says(HARDSHIP[language][0])
    answer = await stage.says(ASKED["talk_to_human"][language])
    assert answer and "asked_for_person" in stage.escalations()


@BOTH
async def test_refusing_the_offers_sets_up_nothing(stage: Stage, language: str) -> None:
    await told_all(stage, language)
    await stage.says("A")
    not_yet = await stage.says({"en": "not yet", "zh-Hans": "先不办"}[language])
    assert says(not_yet, "utter_plan_not_yet", language)
    await stage.says({"en": "no thanks", "zh-Hans": "算了，取消吧"}[language])
    assert plans_of(stage, reference_of(WHO[language])) == ()


@BOTH
async def test_nothing_affordable_goes_to_a_person_with_the_facts(
    stage: Stage, language: str
) -> None:
    await stage.verify(WHO[language], language=language)
    for line in {
        "en": ["I lost my job", "500", "900", "200", "a year"],
        "zh-Hans": ["我失业了，还不起了", "1000", "3000", "500", "一年"],
    }[language]:
        answer = await stage.says(line)
    assert says(answer, "utter_plan_nothing_fits", language)
    facts = stage.escalations()["hardship"].packet["details"]
    told = {
        "en": ("500.00 USD", "900.00 USD", "12 months"),
        "zh-Hans": ("1000.00 CNY", "12 months"),
    }
    assert all(fact in facts for fact in told[language])
    assert plans_of(stage, reference_of(WHO[language])) == ()


# What makes no sense, or has moved on.


@pytest.mark.parametrize(
    ("said", "key"),
    [("10 million", "utter_household_too_large"), ("-500", "utter_household_negative")],
)
async def test_an_amount_that_makes_no_sense_is_asked_again(
    stage: Stage, said: str, key: str
) -> None:
    await stage.verify("NB-ANN")
    await stage.says("I lost my job")
    answer = await stage.says(said)
    assert says(answer, key) and says(answer, "utter_ask_household_income")


@BOTH
async def test_a_second_yes_gives_the_same_plan(stage: Stage, language: str) -> None:
    await told_all(stage, language)
    await stage.says("A")
    await stage.says(YES[language])
    again = await stage.says(YES[language])
    assert says(again, "utter_plan_done_before", language)
    assert len(plans_of(stage, reference_of(WHO[language]))) == 1


async def test_an_expired_offer_is_not_set_up(stage: Stage) -> None:
    await told_all(stage, "en")
    await stage.says("A")
    stage.clock.forward(hours=73)
    await stage.verify("NB-ANN")
    answer = await stage.taps(label_of("utter_label_yes_plan"))
    assert says(answer, "utter_plan_expired")
    assert plans_of(stage, "PL-ANN") == ()


def label_of(key: str, language: str = "en") -> str:
    from tests.journeys.stage import TEXTS

    return TEXTS.content(key, language).text


async def test_an_offer_whose_balance_moved_is_not_set_up(stage: Stage) -> None:
    await told_all(stage, "en")
    await stage.says("A")
    pay(stage, "PL-ANN", 285_22)
    answer = await stage.says("yes")
    assert says(answer, "utter_plan_moved_on")
    assert plans_of(stage, "PL-ANN") == ()
    again = await stage.taps(label("utter_plan_moved_on", "plan"))
    assert says(again, "utter_plan_offers") or says(again, "utter_plan_fits_today")


def pay(stage: Stage, reference: str, minor: int, on: date | None = None) -> None:
    account = file_of(stage, reference).account
    today = on or local_day(stage.clock(), "America/New_York")
    with stage.database.unit() as uow:
        record_payment(
            uow.plans,
            account.id,
            Payment(
                id=PaymentId(0),
                amount=Money(minor, account.currency),
                status=PaymentStatus.SETTLED,
                method="transfer",
                initiated_on=today,
                settled_on=today,
            ),
            external_key=f"test:{minor}:{today}",
            today=today,
            now=stage.clock(),
        )
        uow.commit()


async def test_two_accounts_are_asked_about_and_a_yes_books_the_one_it_was_shown_with(
    stage: Stage,
) -> None:
    await stage.verify("NB-PRIYA")
    asked = await stage.says("I lost my job and can't pay")
    assert says(asked, "utter_ask_plan_account")
    card = await stage.says("the card")
    assert says(card, "utter_ask_household_income")
    for _ in range(3):
        await stage.says("skip")
    await stage.says("not sure")
    card_read_back = await stage.says("A")
    [yes] = [
        b for c in card_read_back for b in c.buttons if b.label == label_of("utter_label_yes_plan")
    ]

    await stage.says("never mind")
    await stage.says("I lost my job and can't pay the loan")
    for _ in range(4):
        await stage.says("skip")
    await stage.says("A")
    from bot.messages import Kind

    done = await stage.says(yes.payload, kind=Kind.BUTTON)  # of the card's message
    assert says(done, "utter_plan_done")
    assert [p.card_id for p in plans_of(stage, "CC-PRIYA")] == [
        file_of(stage, "CC-PRIYA").account.id
    ]
    assert plans_of(stage, "PL-PRIYA") == ()


async def test_an_offer_of_somebody_else_is_unknown(stage: Stage) -> None:
    await told_all(stage, "en")
    [kept, *_] = offers_of(stage, "NB-ANN")
    from bot.messages import Kind

    await stage.verify("NB-MARCUS", chat=1002)
    payload = "/plan" + json.dumps({"do": "accept", "offer": kept.id}, separators=(",", ":"))
    answer = await stage.says(payload, 1002, Kind.BUTTON)
    assert says(answer, "utter_plan_unknown")
    assert plans_of(stage, "PL-ANN") == ()


@BOTH
async def test_a_disputed_account_gets_no_plan_and_no_questions(
    stage: Stage, language: str
) -> None:
    who = WHO[language]
    account = file_of(stage, reference_of(who)).account
    now = now_of(stage, who)
    with stage.database.unit() as uow:
        hold = open_hold(
            kind=HoldKind.DISPUTE,
            borrower_id=account.borrower_id,
            account_id=account.id,
            from_on=now.today,
            until_on=None,
            owner="staff",
            reason="disputed",
        )
        place_hold(uow.plans, hold, today=now.today, now=now.at)
        uow.commit()
    await stage.verify(who, language=language)
    answer = await stage.says(HARDSHIP[language][0])
    assert says(answer, "utter_plan_disputed", language)
    assert offers_of(stage, who) == []


# Staff approve.


@BOTH
async def test_two_colleagues_agree_and_the_borrower_is_told_at_each_step(
    strict: Stage, language: str
) -> None:
    stage, who = strict, WHO[language]
    await told_all(stage, language)
    asked = await stage.says("A")
    assert says(asked, "utter_ask_plan_request", language)
    sent = await stage.says(YES[language])
    assert says(sent, "utter_plan_requested", language)
    [offer] = [o for o in offers_of(stage, who) if o.state is OfferState.REQUESTED]
    assert HoldKind.PLAN_PENDING in holds_of(stage, who)
    balance = await stage.says(ASKED["check_balance"][language])
    assert says(balance, "utter_part_plan_requested", language)

    office, borrower = office_of(stage), borrower_of(stage.database, who)
    with stage.database.unit() as uow:
        office.recommend(
            uow.plans, offer.id, borrower, staff="mei", role="agent", now=now_of(stage, who)
        )
        uow.commit()
    assert await tell_news(stage, language)
    assert not any(c.isdigit() for c in text_of(stage.shown()[-1:]))
    await stage.verify(who, language=language)
    supported = await stage.taps(label("utter_plan_news", "plan", language))
    assert says(supported, "utter_plan_news_recommended", language)
    with stage.database.unit() as uow:
        office.approve(
            uow.plans, offer.id, borrower, staff="joe", role="supervisor", now=now_of(stage, who)
        )
        uow.commit()
    assert await tell_news(stage, language)
    await stage.verify(who, language=language)
    approved = await stage.taps(label("utter_plan_news", "plan", language))
    assert says(approved, "utter_plan_news_approved", language)
    assert says(approved, "utter_ask_plan_confirmed", language)
    done = await stage.says(YES[language])
    assert says(done, "utter_plan_done", language)
    assert [p.id for p in plans_of(stage, reference_of(who))] == [offer.id]


async def tell_news(stage: Stage, language: str) -> list[Content]:
    """Let the news go out at an hour that the contact rules allow; never more than one message."""
    before = len(stage.shown())
    stage.clock.forward(days=1)
    stage.clock.now = stage.clock.now.replace(hour={"en": 16, "zh-Hans": 6}[language])
    news = PlanNews(
        store=stage.database,
        outbox=stage.bot.outbox,
        texts=stage.bot.texts,
        clock=stage.clock,
        lender="Northbank",
    )
    await news.tell()
    await news.tell()
    told = stage.shown()[before:]
    assert len(told) <= 1 and all(says([c], "utter_plan_news", language) for c in told)
    return told


@BOTH
async def test_a_missed_payment_moves_to_the_end_once_and_is_told(
    stage: Stage, language: str
) -> None:
    who = WHO[language]
    await told_all(stage, language)
    await stage.says("B")
    await stage.says(YES[language])
    [plan] = plans_of(stage, reference_of(who))
    first = plan.offer.rows[0].due_on
    stage.clock.now = datetime.combine(first + timedelta(days=9), stage.clock.now.timetz())
    borrower = borrower_of(stage.database, who)
    with stage.database.unit() as uow:
        office_of(stage).review(uow.plans, plan, borrower, now=now_of(stage, who))
        uow.commit()
    [moved] = plans_of(stage, reference_of(who))
    assert (moved.moved, moved.state) == (1, PlanState.ON_TRACK)
    assert await tell_news(stage, language)
    await stage.verify(who, language=language)
    answer = await stage.taps(label("utter_plan_news", "plan", language))
    assert says(answer, "utter_plan_news_moved", language)


# A running plan.


@BOTH
async def test_a_plan_is_shown_again_and_taken_back(stage: Stage, language: str) -> None:
    who = WHO[language]
    before = file_of(stage, reference_of(who)).schedule
    await told_all(stage, language)
    await stage.says("A")
    await stage.says(YES[language])
    again = await stage.says(HARDSHIP[language][0])
    assert says(again, "utter_plan_in_force", language)
    asked = await stage.taps(label_of("utter_label_cancel_plan", language))
    assert says(asked, "utter_ask_plan_undo", language)
    done = await stage.says(YES[language])
    assert says(done, "utter_plan_undone", language)
    [plan] = plans_of(stage, reference_of(who))
    assert plan.state is PlanState.CANCELLED
    after = file_of(stage, reference_of(who)).schedule
    assert before and after
    assert {r.due_on for r in after.instalments} <= {r.due_on for r in before.instalments}


# More time.


@pytest.mark.parametrize(
    ("said", "yes"),
    [("我想 delay 一下 payment，下个月5号可以吗", "好"), ("could I pay on Dec 5 instead", "yes")],
)
async def test_a_date_moves_in_two_messages_with_its_cost_read_back(
    stage: Stage, said: str, yes: str
) -> None:
    await stage.verify("NB-WEI")
    read_back = await stage.says(said)
    language = stage.conversation().language
    assert says(read_back, "utter_ask_move_confirmed", language)
    [kept] = offers_of(stage, "NB-WEI")
    first = kept.offer.rows[0]
    assert first.due_on == date(2026, 12, 5)
    [account] = stage.accounts("NB-WEI", language)
    for figure in (account.money(first.amount), account.money(kept.offer.comparison.difference)):
        assert figure in text_of(read_back)
    assert plans_of(stage, "PL-WEI") == ()
    done = await stage.says(yes)
    assert says(done, "utter_move_done", stage.conversation().language)
    schedule = file_of(stage, "PL-WEI").schedule
    assert schedule and schedule.instalments == kept.offer.rows


async def test_another_day_and_then_leaving_it(stage: Stage) -> None:
    await stage.verify("NB-WEI", language="zh-Hans")
    assert says(await stage.says("想晚几天还"), "utter_ask_extension_day", "zh-Hans")
    await stage.says("5天后")
    other = await stage.says("不对，10天后吧")
    assert says(other, "utter_ask_move_confirmed", "zh-Hans") and "12月4日" in text_of(other)
    left = await stage.taps(label_of("utter_label_leave", "zh-Hans"))
    assert says(left, "utter_move_left", "zh-Hans")
    assert plans_of(stage, "PL-WEI") == ()


async def test_further_than_the_policy_allows_is_said_with_the_latest_day(stage: Stage) -> None:
    await stage.verify("NB-WEI", language="zh-Hans")
    answer = await stage.says("能不能晚点还，12月20号行吗")
    assert says(answer, "utter_move_too_far", "zh-Hans") and "12月11日" in text_of(answer)
    assert says(await stage.says("那12月10号"), "utter_ask_move_confirmed", "zh-Hans")


async def test_the_due_day_of_every_month_changes(stage: Stage) -> None:
    await stage.verify("NB-WEI", language="zh-Hans")
    answer = await stage.says("以后每月改到10号可以吗")
    assert says(answer, "utter_ask_due_day_confirmed", "zh-Hans")
    assert says(await stage.says("好的"), "utter_move_done", "zh-Hans")
    schedule = file_of(stage, "PL-WEI").schedule
    assert schedule and {row.due_on.day for row in schedule.instalments} == {10}


async def test_what_is_overdue_cannot_be_moved_and_ways_on_are_offered(stage: Stage) -> None:
    await stage.verify("NB-ANN")
    answer = await stage.says("can i pay later, on dec 5")
    assert says(answer, "utter_move_overdue")
    assert {"/promise_to_pay", "/request_hardship_plan"} <= {
        b.payload for c in answer for b in c.buttons
    }


# A promise.


PROMISED = {"en": ("I will pay on Friday", "NB-ANN"), "zh-Hans": ("我周五还", "NB-WEI")}


@BOTH
async def test_a_promise_is_read_back_and_noted_once(stage: Stage, language: str) -> None:
    said, who = PROMISED[language]
    await stage.verify(who, language=language)
    read_back = await stage.says(said)
    assert says(read_back, "utter_ask_promise_confirmed", language)
    assert file_of(stage, reference_of(who)).promises == ()
    assert says(await stage.says(YES[language]), "utter_promise_noted", language)
    [promise] = file_of(stage, reference_of(who)).promises
    assert promise.due_on == date(2026, 11, 27)
    assert says(await stage.says(YES[language]), "utter_promise_noted_before", language)
    assert len(file_of(stage, reference_of(who)).promises) == 1
    balance = await stage.says(ASKED["check_balance"][language])
    assert says(balance, "utter_part_promise_open", language)


@BOTH
@pytest.mark.parametrize("is_kept", [True, False])
async def test_kept_and_broken_are_told_as_they_are(
    stage: Stage, language: str, is_kept: bool
) -> None:
    said, who = PROMISED[language]
    await stage.verify(who, language=language)
    await stage.says(said)
    await stage.says(YES[language])
    [promise] = file_of(stage, reference_of(who)).promises
    stage.clock.forward(days=6)
    if is_kept:
        pay(stage, reference_of(who), promise.amount.minor, on=promise.due_on)
    await stage.verify(who, language=language)
    answer = await stage.says(ASKED["check_balance"][language])
    key = "utter_part_promise_kept" if is_kept else "utter_part_promise_broken"
    assert says(answer, key, language)
    file = file_of(stage, reference_of(who))
    state = promise_states(file.promises, file.payments, now_of(stage, who).today)[promise.id].state
    assert state is (PromiseState.KEPT if is_kept else PromiseState.BROKEN)
    reviewed = review_promises(stage.database, stage.clock)
    assert reviewed.problems == 0 and reviewed.states[state] == 1
    assert state not in review_promises(stage.database, stage.clock).states  # passed on once
    told = EventType.PROMISE_KEPT if is_kept else EventType.PROMISE_BROKEN
    assert told_of(stage, who) == [EventType.PROMISE_MADE, told]
    with stage.database.unit() as uow:
        [chat] = uow.conversations.of_borrower(borrower_of(stage.database, who).id)
        reasons = [one.reason for one in uow.escalations.of_conversation(chat.id)]
    assert (EscalationReason.BROKEN_PROMISE in reasons) is not is_kept


@BOTH
async def test_a_promise_is_corrected_before_the_yes(stage: Stage, language: str) -> None:
    said, who = PROMISED[language]
    await stage.verify(who, language=language)
    await stage.says(said)
    other = await stage.says({"en": "make it 100", "zh-Hans": "改成600"}[language])
    minor = {"en": 100_00, "zh-Hans": 600_00}[language]
    [account] = stage.accounts(who, language)
    assert account.money(Money(minor, account.file.account.currency)) in text_of(other)
    await stage.says(YES[language])
    [promise] = file_of(stage, reference_of(who)).promises
    assert promise.amount.minor == minor


async def test_five_may_be_an_amount_or_a_day(stage: Stage) -> None:
    await stage.verify("NB-ANN")
    answer = await stage.says("I'll pay 5")
    assert says(answer, "utter_ask_promise_meant")
    [account] = stage.accounts("NB-ANN", "en")
    read_back = await stage.taps(account.day(date(2026, 12, 5)))
    assert says(read_back, "utter_ask_promise_confirmed") and "$285.22" in text_of(read_back)


async def test_more_than_is_owed_and_a_day_too_far_are_not_noted(stage: Stage) -> None:
    await stage.verify("NB-ANN")
    await stage.says("I will pay on Friday")
    assert says(await stage.says("$9,000"), "utter_promise_too_much")
    await stage.says("never mind")
    await stage.says("I will pay on Friday")
    assert says(await stage.says("no, on 20 March"), "utter_promise_too_late")
    assert file_of(stage, "PL-ANN").promises == ()


def test_every_picture_word_is_in_the_font() -> None:
    from dataclasses import astuple

    from fontTools.ttLib import TTFont

    from bot.pictures import FONTS, LABELS

    for language, name in (("en", "sc"), ("zh-Hans", "sc"), ("zh-Hant", "tc")):
        with TTFont(Path(FONTS) / f"picture-{name}.otf") as font:
            known = set(font.getBestCmap())
        assert {ord(c) for words in astuple(LABELS[language]) for c in words} <= known
