"""Phone numbers and e-mail addresses in a message. phonenumbers knows the countries. Pure."""

from __future__ import annotations

import re

from nlu.reading.found import Found, Kind
from nlu.reading.plain import Text

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}"
    r"(?![A-Za-z0-9-]|@)"
)
_LIKE_A_NUMBER = re.compile(r"[+(]{0,2}\d[\d ().-]{5,24}\d")
_OTHER_NUMBER = re.compile(
    r"(?:[$¥£€₹]|(?:order|ref(?:erence)?|account|acct|card|case|ticket|invoice)\b[a-z .:#]{0,12}"
    r"|(?:[订运]单|单|卡|账|编|序列|身份证|流水|验证|合同)[号码]码?)[:：是#\s]*$"
)
_DATE = re.compile(r"^(?:19|20)\d\d[-./ ]?\d{1,2}[-./ ]?\d{1,2}$|^\d{1,2}[-./]\d{1,2}[-./]\d{2,4}$")


def find_emails(text: Text) -> list[Found]:
    """Addresses as written, the part after the @ in lower case."""
    found = []
    for match in _EMAIL.finditer(text.cased):
        local, _, domain = match[0].partition("@")
        found.append(_found(Kind.EMAIL, match.start(), match.end(), f"{local}@{domain.lower()}"))
        text.blank(*match.span())
    return found


def find_phones(text: Text, country: str | None) -> list[Found]:
    """Valid numbers in E.164. `country` (ISO 3166) reads those without a country code."""
    found = []
    for candidate in _LIKE_A_NUMBER.finditer(text.plain):
        digits = sum(character.isdigit() for character in candidate[0])
        if not 7 <= digits <= 15 or _DATE.match(candidate[0]):
            continue
        if _OTHER_NUMBER.search(text.before(candidate.start())):
            continue
        number = _number(candidate[0], country)
        if number is not None:
            found.append(_found(Kind.PHONE, candidate.start(), candidate.end(), number))
            text.blank(*candidate.span())
    return found


def _number(written: str, country: str | None) -> str | None:
    import phonenumbers

    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _found(kind: Kind, start: int, end: int, value: str) -> Found:
    return Found(kind=kind, start=start, end=end, readings=(value,))
