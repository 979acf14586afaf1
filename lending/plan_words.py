"""The agreement of a plan in plain sentences, in every language: they are part of its certificate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date

from lending.accounts import Instalment
from lending.money import Money
from lending.plan_offer import Offer
from lending.reliefs import Relief, ReliefKind

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
NEVER = date.max
"""The last day of paying only a minimum that never clears the balance."""

RELIEF_NAMES: Mapping[str, Mapping[ReliefKind, str]] = {
    "en": {
        ReliefKind.DUE_DATE_CHANGE: "another due day: the {day}. of the month",
        ReliefKind.DEFERRAL: "the next payment {days} days later",
        ReliefKind.PAYMENT_HOLIDAY: "no payment for {payments} periods",
        ReliefKind.INTEREST_ONLY: "interest only for {payments} payments",
        ReliefKind.REDUCED_PAYMENTS: "{payments} payments of {share} of the usual one",
        ReliefKind.TERM_EXTENSION: "{payments} payments more",
        ReliefKind.ARREARS_SPREAD: "what is overdue is paid along with the plan",
        ReliefKind.RATE_CUT: "a yearly rate of {rate}",
        ReliefKind.FEE_WAIVER: "{share} of fees and penalties waived",
        ReliefKind.SETTLEMENT: "{share} of what is owed settles all of it",
        ReliefKind.CARD_INSTALMENTS: "the card's balance in {payments} instalments at {rate} a year",
    },
    "zh-Hans": {
        ReliefKind.DUE_DATE_CHANGE: "还款日改为每月 {day} 日",
        ReliefKind.DEFERRAL: "下一期推迟 {days} 天",
        ReliefKind.PAYMENT_HOLIDAY: "{payments} 期暂不还款",
        ReliefKind.INTEREST_ONLY: "{payments} 期只还利息",
        ReliefKind.REDUCED_PAYMENTS: "{payments} 期按平常的 {share} 还款",
        ReliefKind.TERM_EXTENSION: "延长 {payments} 期",
        ReliefKind.ARREARS_SPREAD: "未到账的款项随计划一并还清",
        ReliefKind.RATE_CUT: "年利率 {rate}",
        ReliefKind.FEE_WAIVER: "减免 {share} 的费用和罚息",
        ReliefKind.SETTLEMENT: "还清所欠的 {share} 即结清",
        ReliefKind.CARD_INSTALMENTS: "信用卡余额分 {payments} 期偿还，年利率 {rate}",
    },
    "zh-Hant": {
        ReliefKind.DUE_DATE_CHANGE: "繳款日改為每月 {day} 日",
        ReliefKind.DEFERRAL: "下一期延後 {days} 天",
        ReliefKind.PAYMENT_HOLIDAY: "{payments} 期暫不繳款",
        ReliefKind.INTEREST_ONLY: "{payments} 期只繳利息",
        ReliefKind.REDUCED_PAYMENTS: "{payments} 期按平常的 {share} 繳款",
        ReliefKind.TERM_EXTENSION: "延長 {payments} 期",
        ReliefKind.ARREARS_SPREAD: "未入帳的款項隨計畫一併繳清",
        ReliefKind.RATE_CUT: "年利率 {rate}",
        ReliefKind.FEE_WAIVER: "減免 {share} 的費用和違約金",
        ReliefKind.SETTLEMENT: "繳清所欠的 {share} 即結清",
        ReliefKind.CARD_INSTALMENTS: "信用卡餘額分 {payments} 期償還，年利率 {rate}",
    },
}

_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "parties": "{lender} and the borrower {borrower} agree on this plan for account {account}.",
        "terms": "What changes: {reliefs}.",
        "rows": "There are {count} payments from {first} to {last}. Together they are {total}.",
        "more": "That is {difference} more than {before}, which was to be paid by {ended} before.",
        "less": "That is {difference} less than {before}, which was to be paid by {ended} before.",
        "same": "That is what was to be paid before, too, by {ended}.",
        "never": "Paying only the minimum would not have cleared the balance.",
        "waived": "{waived} need not be paid any more.",
        "moved": "{moved} of interest, fees and penalties becomes part of the amount owed.",
        "fees": "Late fees and penalty interest are suspended while the plan is kept.",
        "missed": "A payment is missed {days} days after its due day.",
        "one": "One missed payment moves to the end of the plan; after another, a person of the team "
        "gets in touch.",
        "none": "After a missed payment a person of the team gets in touch.",
        "changes": "Any later change is a new version, which the borrower accepts first.",
    },
    "zh-Hans": {
        "parties": "{lender}与借款人 {borrower} 就账户 {account} 约定本还款计划。",
        "terms": "变更内容：{reliefs}。",
        "rows": "共 {count} 期，自 {first} 至 {last}，合计 {total}。",
        "more": "比原来在 {ended} 前应还的 {before} 多 {difference}。",
        "less": "比原来在 {ended} 前应还的 {before} 少 {difference}。",
        "same": "与原来在 {ended} 前应还的金额相同。",
        "never": "若只还最低还款额，余额将无法还清。",
        "waived": "{waived} 不必再还。",
        "moved": "利息、费用和罚息共 {moved} 计入所欠金额。",
        "fees": "按计划还款期间，不收滞纳金和罚息。",
        "missed": "还款日过后 {days} 天仍未到账，视为未还。",
        "one": "第一次未还的一期移到计划末尾；再有一次，由工作人员与您联系。",
        "none": "如有未还，由工作人员与您联系。",
        "changes": "此后任何变更都是新的版本，须先经借款人同意。",
    },
    "zh-Hant": {
        "parties": "{lender}與借款人 {borrower} 就帳戶 {account} 約定本還款計畫。",
        "terms": "變更內容：{reliefs}。",
        "rows": "共 {count} 期，自 {first} 至 {last}，合計 {total}。",
        "more": "比原本在 {ended} 前應繳的 {before} 多 {difference}。",
        "less": "比原本在 {ended} 前應繳的 {before} 少 {difference}。",
        "same": "與原本在 {ended} 前應繳的金額相同。",
        "never": "若只繳最低應繳金額，餘額將無法繳清。",
        "waived": "{waived} 不必再繳。",
        "moved": "利息、費用和違約金共 {moved} 計入所欠金額。",
        "fees": "按計畫繳款期間，不收滯納金和違約金。",
        "missed": "繳款日過後 {days} 天仍未入帳，視為未繳。",
        "one": "第一次未繳的一期移到計畫末尾；再有一次，由客服專員與您聯絡。",
        "none": "如有未繳，由客服專員與您聯絡。",
        "changes": "此後任何變更都是新的版本，須先經借款人同意。",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Who and what an agreement is about, by reference."""

    lender: str
    borrower: str
    account: str


def agreement(
    named: Named,
    offer: Offer,
    rows: Sequence[Instalment],
    *,
    grace_days: int,
    misses_allowed: int,
) -> dict[str, list[str]]:
    """The sentences by language. Amounts carry their currency, days are written out."""
    return {
        language: _told(language, named, offer, rows, grace_days, misses_allowed)
        for language in LANGUAGES
    }


def relief_words(relief: Relief, language: str) -> str:
    """A relief with its parameters in a few words."""
    values = {each.name: getattr(relief, each.name) for each in fields(relief)}
    values["share"] = _percent(values.get("share_bp", 0))
    values["rate"] = _percent(values.get("rate_bp", 0))
    return RELIEF_NAMES[language][relief.kind].format(**values)


def day_words(day: date, language: str) -> str:
    if language == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def amount_words(amount: Money) -> str:
    return f"{amount.currency} {amount.amount:,f}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _told(
    language: str,
    named: Named,
    offer: Offer,
    rows: Sequence[Instalment],
    grace_days: int,
    misses_allowed: int,
) -> list[str]:
    words, compared = _SENTENCES[language], offer.comparison
    total = sum(row.amount.minor for row in rows)
    difference = compared.difference
    values = {
        "lender": named.lender,
        "borrower": named.borrower,
        "account": named.account,
        "reliefs": ("; " if language == "en" else "；").join(
            relief_words(relief, language) for relief in offer.reliefs
        ),
        "count": len(rows),
        "first": day_words(rows[0].due_on, language),
        "last": day_words(rows[-1].due_on, language),
        "total": amount_words(Money(total, difference.currency)),
        "difference": amount_words(-difference if difference.minor < 0 else difference),
        "before": amount_words(compared.today.total),
        "ended": day_words(compared.today.last_on, language),
        "waived": amount_words(compared.waived),
        "moved": amount_words(compared.capitalised),
        "days": grace_days,
    }
    names = ["parties", "terms", "rows", _against(offer)]
    names += ["waived"] if compared.waived else []
    names += ["moved"] if compared.capitalised else []
    names += ["fees", "missed", "one" if misses_allowed else "none", "changes"]
    return [words[name].format(**values) for name in names]


def _against(offer: Offer) -> str:
    compared = offer.comparison
    if compared.today.last_on == NEVER:
        return "never"
    if not compared.difference:
        return "same"
    return "more" if compared.difference.minor > 0 else "less"


def _percent(bp: int) -> str:
    whole, rest = divmod(bp, 100)
    return f"{whole}.{rest:02d} %".replace(".00 %", " %")
