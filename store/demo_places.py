"""Where invented borrowers live: names, phone numbers that reach nobody, and usual loan terms."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

# Given names, then family names. Chinese names are written family name first.
_EN_US = (
    "Alicia Brandon Carmen Deshawn Elena Frank Grace Hector Imani Jordan Keisha Luis Megan "
    "Nathan Olivia Pedro Rachel Samuel Tanya Victor Wendy Xavier Yolanda Zachary",
    "Abbott Barrera Castillo Dawson Ellison Fuentes Goodwin Haynes Ibarra Jennings Kirkland "
    "Lozano Mercado Norwood Ortega Pruitt Quintero Rowland Salazar Tillman Underhill Vance",
)
_EN_GB = (
    "Amelia Benedict Callum Daisy Ewan Freya Gareth Harriet Isla Jasper Kieran Lottie Maisie "
    "Nigel Oona Piers Rhys Sian Toby Una",
    "Ashworth Braithwaite Carmichael Dunmore Eastwell Fairclough Gillespie Hathaway Inglis "
    "Kettering Llewellyn Maddox Nuttall Ormerod Penrose Ridley Stanhope Thackery",
)
_EN_IN = (
    "Aarav Bhavna Chetan Deepa Eshan Farida Gaurav Harini Ishaan Jyoti Kiran Lakshmi Manoj "
    "Nandini Omkar Pooja Rohit Sunita Tejas Usha Varun Yamini",
    "Agarwal Bhatt Chopra Deshmukh Ghosh Iyer Joshi Kulkarni Menon Nair Patil Qureshi Rao "
    "Saxena Trivedi Upadhyay Varghese Yadav",
)
_ZH_HANS = (
    "晓东 丽娜 建国 思雨 志强 雅琴 文博 欣怡 海涛 静雯 俊杰 秀英 子轩 梦瑶 国栋 佳慧 "
    "浩然 春梅 明哲 若兰 立新 燕妮",
    "王 张 刘 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗 梁 宋 郑",
)
_ZH_HANT = (
    "家豪 詠詩 志明 淑芬 俊傑 雅婷 偉倫 麗華 嘉欣 國強 曉彤 建宏 慧敏 子謙 佩珊 浩賢",
    "陳 黃 張 梁 鄭 何 謝 郭 蔡 許 葉 馮 鄧 蕭 羅 盧 譚 關",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lending:
    """Usual terms of a country. Amounts are minor units, rates basis points a year."""

    currency: str
    principal: tuple[int, int]
    loan_rate: tuple[int, int]
    grace_days: int
    late_fee: int
    # Where the law calls the late charge a penalty, it is booked as one.
    late_is_penalty: bool
    card_limit: tuple[int, int]
    card_rate: tuple[int, int]
    minimum_rate: int
    minimum_floor: int
    methods: tuple[str, ...]


LENDING = {
    "US": Lending(
        currency="USD",
        principal=(1_500_00, 15_000_00),
        loan_rate=(899, 2499),
        grace_days=5,
        late_fee=15_00,
        late_is_penalty=False,
        card_limit=(3_000_00, 9_000_00),
        card_rate=(2199, 2799),
        minimum_rate=200,
        minimum_floor=25_00,
        methods=("ach", "debit_card", "bank_transfer"),
    ),
    "UK": Lending(
        currency="GBP",
        principal=(1_000_00, 10_000_00),
        loan_rate=(690, 1990),
        grace_days=3,
        late_fee=12_00,
        late_is_penalty=False,
        card_limit=(2_000_00, 7_000_00),
        card_rate=(1990, 2990),
        minimum_rate=250,
        minimum_floor=5_00,
        methods=("direct_debit", "faster_payment", "debit_card"),
    ),
    "CN": Lending(
        currency="CNY",
        principal=(8_000_00, 80_000_00),
        loan_rate=(720, 1800),
        grace_days=3,
        late_fee=50_00,
        late_is_penalty=True,
        card_limit=(20_000_00, 60_000_00),
        card_rate=(1825, 1825),
        minimum_rate=1000,
        minimum_floor=100_00,
        methods=("wechat_pay", "alipay", "bank_transfer"),
    ),
    "IN": Lending(
        currency="INR",
        principal=(30_000_00, 300_000_00),
        loan_rate=(1100, 2200),
        grace_days=3,
        late_fee=500_00,
        late_is_penalty=True,
        card_limit=(60_000_00, 250_000_00),
        card_rate=(3600, 4200),
        minimum_rate=500,
        minimum_floor=200_00,
        methods=("upi", "nach", "bank_transfer"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A group of invented borrowers who share country, zone and language."""

    people: int
    jurisdiction: str
    country: str
    timezone: str
    language: str
    names: tuple[str, str]

    @property
    def lending(self) -> Lending:
        return LENDING[self.jurisdiction]


def _place(people: int, where: str, timezone: str, language: str, names: tuple[str, str]) -> Place:
    jurisdiction, country = where.split("/")
    return Place(
        people=people,
        jurisdiction=jurisdiction,
        country=country,
        timezone=timezone,
        language=language,
        names=names,
    )


PLACES = (
    _place(26, "US/US", "America/New_York", "en", _EN_US),
    _place(6, "US/US", "America/New_York", "zh-Hans", _ZH_HANS),
    _place(18, "US/US", "America/Chicago", "en", _EN_US),
    _place(16, "US/US", "America/Los_Angeles", "en", _EN_US),
    _place(10, "US/US", "America/Los_Angeles", "zh-Hant", _ZH_HANT),
    _place(46, "CN/CN", "Asia/Shanghai", "zh-Hans", _ZH_HANS),
    _place(24, "UK/GB", "Europe/London", "en", _EN_GB),
    _place(15, "UK/GB", "Europe/London", "zh-Hant", _ZH_HANT),
    _place(34, "IN/IN", "Asia/Kolkata", "en", _EN_IN),
)


def invent_name(place: Place, rng: Random, taken: set[str]) -> tuple[str, str]:
    """A full name that nobody in `taken` has, and the given name; adds it to `taken`."""
    given_names, family_names = (names.split() for names in place.names)
    while True:
        given, family = rng.choice(given_names), rng.choice(family_names)
        full = f"{family}{given}" if place.language.startswith("zh") else f"{given} {family}"
        if full not in taken:
            taken.add(full)
            return full, given


def phone_of(country: str, number: int) -> str:
    """An E.164 number that reaches nobody; `number` (below 500) tells them apart.

    US: 555-0100 to 0199 is kept for fiction (NANPA). GB: 07700 900000 to 900999 (Ofcom). CN and
    IN keep no such range: mobile numbers begin with 1[3-9] and [6-9], these with neither.
    """
    match country:
        case "US":
            area = ("212", "312", "213", "617", "415")[number // 100]
            return f"+1{area}55501{number % 100:02d}"
        case "GB":
            return f"+447700900{number:03d}"
        case "CN":
            return f"+8610000000{number:03d}"
        case _:
            return f"+910000000{number:03d}"
