"""For each persona, language and product: the numbers told are those of the database."""

from __future__ import annotations

import pytest

from lending.accounts import AccountStatus, Product
from lending.dates import local_day
from tests.journeys.asked import ASKED
from tests.journeys.stage import (
    BORN,
    LANGUAGES,
    NIGHT,
    Account,
    Stage,
    amounts_in,
    borrower_of,
    says,
    text_of,
)

EVERYONE = [(reference, language) for reference in BORN for language in LANGUAGES]


@pytest.fixture(params=EVERYONE, ids=lambda who: "-".join(who))
async def asker(request: pytest.FixtureRequest, stage: Stage) -> tuple[Stage, str, str]:
    reference, language = request.param
    await stage.verify(reference, language=language)
    return stage, reference, language


def told_of(account: Account) -> set[str]:
    """Every amount of an account that an answer about what is owed may name."""
    position = account.position
    amounts = [position.overdue, position.payoff, position.pending, position.fees_owed]
    if position.next_due is not None:
        amounts += [position.next_due.amount, position.next_due.full]
    amounts.append(position.credit)
    return amounts_in(" ; ".join(account.money(amount) for amount in amounts if amount))


def must_be_told(account: Account) -> set[str]:
    position = account.position
    told = set()
    if position.is_overdue:
        told.add(account.money(position.overdue))
        assert position.overdue_since is not None
        told.add(account.day(position.overdue_since))
    if position.next_due is not None:
        told.add(account.day(position.next_due.due_on))
        told.add(account.money(position.next_due.full))
        if position.next_due.amount:
            told.add(account.money(position.next_due.amount))
    if position.pending:
        told.add(account.money(position.pending))
    return told


async def test_the_balance_is_that_of_the_database(asker: tuple[Stage, str, str]) -> None:
    stage, reference, language = asker
    accounts = stage.accounts(reference, language)

    answer = text_of(await stage.says(ASKED["check_balance"][language]))

    for account in accounts:
        for told in must_be_told(account) | {account.money(account.position.payoff)}:
            assert told in answer, account.file.account.reference
    assert amounts_in(answer) <= set().union(*map(told_of, accounts))


async def test_the_due_date_is_the_borrowers_own_day(asker: tuple[Stage, str, str]) -> None:
    stage, reference, language = asker
    accounts = stage.accounts(reference, language)

    answer = text_of(await stage.says(ASKED["check_due_date"][language]))

    for account in accounts:
        for told in must_be_told(account):
            assert told in answer, account.file.account.reference
        due = account.position.next_due
        if due is None or account.position.is_overdue:
            continue  # what is late comes first; the days until the next one can wait
        if (days := account.formats.in_days(due.due_on)) > 1:
            unit = f"in {days} days" if language == "en" else f"{days} 天"
            assert unit in answer
    assert amounts_in(answer) <= set().union(*map(told_of, accounts))


async def test_the_payoff_is_that_of_the_day(asker: tuple[Stage, str, str]) -> None:
    stage, reference, language = asker
    accounts = stage.accounts(reference, language)

    answer = text_of(await stage.says(ASKED["ask_payoff"][language]))

    for account in accounts:
        assert account.money(account.position.payoff) in answer
        assert len(accounts) == 1 or account.file.account.reference in answer
    payoffs = (account.money(account.position.payoff) for account in accounts)
    pending = (account.money(account.position.pending) for account in accounts)
    assert amounts_in(answer) <= amounts_in(" ; ".join([*payoffs, *pending]))


async def test_the_schedule_is_that_of_the_database(asker: tuple[Stage, str, str]) -> None:
    stage, reference, language = asker
    accounts = stage.accounts(reference, language)
    answers = await stage.says(ASKED["ask_schedule"][language])

    if len(accounts) > 1:
        assert says(answers, "utter_schedule_which", language)
        assert amounts_in(text_of(answers)) == set()
    for account in accounts:
        if len(accounts) > 1:
            name = next(
                button.label
                for button in answers[-1].buttons
                if account.file.account.reference in button.payload
            )
            shown = await stage.taps(name)
        else:
            shown = answers
        text = text_of(shown)
        if account.file.account.product is Product.CREDIT_CARD:
            latest = max(account.file.statements, key=lambda statement: statement.closed_on)
            told = [account.money(latest.balance), account.money(latest.minimum_due)]
            assert amounts_in(text) == amounts_in(" ; ".join(told))
            assert account.day(latest.due_on) in text
        else:
            open_rows = [row for row in account.position.rows if not row.is_paid]
            listed = open_rows[: len([line for line in text.splitlines() if "•" in line])]
            assert listed
            for row in listed:
                assert account.day(row.instalment.due_on) in text
            told = [account.money(row.left) for row in listed]
            assert amounts_in(text) == amounts_in(" ; ".join(told))
            assert shown[-1].picture is not None


def test_the_clock_stands_on_two_days_at_once(stage: Stage) -> None:
    days = {
        reference: local_day(NIGHT, borrower_of(stage.database, reference).timezone).day
        for reference in BORN
    }
    assert days == {"NB-ANN": 23, "NB-WEI": 24, "NB-MEI": 23, "NB-PRIYA": 24, "NB-MARCUS": 23}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_payment_on_its_way_is_told_apart(stage: Stage, language: str) -> None:
    await stage.verify("NB-MARCUS", language=language)
    [account] = stage.accounts("NB-MARCUS", language)
    assert account.position.pending

    answer = text_of(await stage.says(ASKED["payment_history"][language]))

    assert account.money(account.position.pending) in answer


async def test_a_settled_account_is_not_spoken_of(stage: Stage) -> None:
    await stage.verify("NB-MARCUS")
    with stage.database.unit() as uow:
        settled = uow.accounts.by_reference("PL-MARCUS-OLD")
    assert settled is not None and settled.account.status is not AccountStatus.ACTIVE

    answer = text_of(await stage.says(ASKED["check_balance"]["en"]))

    assert "PL-MARCUS-OLD" not in answer
