"""SMS: which alphabet a text needs, and into how many segments it falls (3GPP TS 23.038, 23.040)."""

from __future__ import annotations

from dataclasses import dataclass

_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("^{}\\[~]|€\f")
"""Each takes two places."""

_PLAIN = str.maketrans(
    {
        "₹": "Rs ",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "…": "...",
        "\u00a0": " ",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSize:
    """`units` are septets in GSM-7, UTF-16 units in UCS-2."""

    alphabet: str
    units: int
    segments: int


def sms_size(text: str) -> SmsSize:
    """One segment holds 160 septets or 70 units; of several, each holds 153 or 67."""
    if all(char in _GSM_BASIC or char in _GSM_EXTENDED for char in text):
        units = sum(2 if char in _GSM_EXTENDED else 1 for char in text)
        return SmsSize(alphabet="GSM-7", units=units, segments=_segments(units, 160, 153))
    units = len(text.encode("utf-16-be")) // 2
    return SmsSize(alphabet="UCS-2", units=units, segments=_segments(units, 70, 67))


def to_sms(text: str) -> str:
    """The text without marks that would cost the small alphabet, if that then fits it."""
    plain = text.translate(_PLAIN)
    return plain if sms_size(plain).alphabet == "GSM-7" else text


def _segments(units: int, alone: int, each: int) -> int:
    return 1 if units <= alone else -(-units // each)
