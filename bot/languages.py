"""Which language a message is written in. Pure; three languages are spoken."""

from __future__ import annotations

import re
import unicodedata

import hanzidentifier

ENGLISH, SIMPLIFIED, TRADITIONAL = "en", "zh-Hans", "zh-Hant"
LANGUAGES = (ENGLISH, SIMPLIFIED, TRADITIONAL)

_HAN = re.compile(r"[㐀-鿿豈-﫿]")
_KANA_OR_HANGUL = re.compile(r"[ぁ-ヿ가-힯]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")

# Written the same everywhere in the Chinese world, so they say nothing about the script.
_SHARED_LATIN = {"ok", "okay", "hi", "hello", "hey", "bye", "yes", "no", "thx", "thanks", "app"}


def detect_language(text: str, current: str) -> str:
    """The language of one message; `current` where the message does not say.

    Any Chinese character makes it Chinese, also in a mixed message. The script decides between
    simplified and traditional; characters common to both keep the current script. Digits, marks,
    a lone "ok" and languages that are not spoken here change nothing.
    """
    if _HAN.search(text) and not _KANA_OR_HANGUL.search(text):
        return _script_of(text, current)
    words = [word.lower() for word in _LATIN_WORD.findall(text)]
    says_something = len(words) >= 2 or any(word not in _SHARED_LATIN for word in words)
    if not words or (not says_something and current != ENGLISH):
        return current
    return ENGLISH


def is_other_language(text: str) -> bool:
    """Whether a message is in a language that is not spoken here.

    By its script, or for Latin letters by its small words, of which there must be two more than
    English ones. Chinese characters anywhere make it one that is spoken.
    """
    if _KANA_OR_HANGUL.search(text):
        return True
    if _HAN.search(text):
        return False
    letters = [character for character in text if character.isalpha()]
    foreign = sum(not unicodedata.name(character, "").startswith("LATIN") for character in letters)
    if letters and foreign * 2 > len(letters):
        return True
    words = re.findall(r"[^\W\d_]+", text.lower())
    known = sum(word in _ENGLISH_SMALL for word in words)
    return any(len(small.intersection(words)) >= known + 2 for small in _OTHER_SMALL)


_ENGLISH_SMALL = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "but",
        "is",
        "am",
        "are",
        "was",
        "do",
        "does",
        "did",
        "can",
        "will",
        "i",
        "you",
        "my",
        "me",
        "it",
        "to",
        "of",
        "in",
        "on",
        "for",
        "with",
        "how",
        "what",
        "when",
        "why",
        "this",
        "that",
        "have",
        "has",
        "not",
        "no",
        "pay",
    ]
)
_OTHER_SMALL = tuple(
    frozenset(words.split())
    for words in (
        "el la los las que de y en un una por para con no mi es cuánto cuanto debo cómo como quiero"
        " puedo pagar tengo hola gracias deuda cuándo cuando estoy usted",
        "le la les des que de et en un une pour avec ne pas mon ma est combien je dois comment"
        " veux peux payer ai bonjour merci vous nous suis puis",
        "der die das und ich ist nicht ein eine mit für wie viel muss kann zahlen mein meine wann"
        " bitte danke schulde sie wir habe noch",
        "o os as que de e em um uma por para com não meu minha é quanto devo como quero posso pagar"
        " tenho olá obrigado quando estou você",
        "il lo gli che di e in un una per con non mio mia è quanto devo come voglio posso pagare ho"
        " ciao grazie quando sono",
        "yang dan di ke dari saya aku tidak berapa kapan bisa bayar utang ini itu apa bagaimana"
        " sudah belum terima kasih mau",
        "ang ng sa na ko mo po ako hindi magkano kailan paano pwede bayad utang salamat ba ito",
        "tôi bạn không bao nhiêu khi nào làm sao có thể trả nợ là của và cho xin chào cảm ơn",
        "ile bir ve bu ben ne kadar nasıl var yok borcum ödeme zaman için mi teşekkürler",
        "nie jest się na do ile jak mam mogę zapłacić kiedy dziękuję jestem czy i w z to",
    )
)


def _script_of(text: str, current: str) -> str:
    match hanzidentifier.identify(text):
        case hanzidentifier.SIMPLIFIED:
            return SIMPLIFIED
        case hanzidentifier.TRADITIONAL:
            return TRADITIONAL
        case hanzidentifier.MIXED:
            return TRADITIONAL if _mostly_traditional(text) else SIMPLIFIED
        case _:
            return current if current in (SIMPLIFIED, TRADITIONAL) else SIMPLIFIED


def _mostly_traditional(text: str) -> bool:
    score = 0
    for character in _HAN.findall(text):
        kind = hanzidentifier.identify(character)
        score += (kind == hanzidentifier.TRADITIONAL) - (kind == hanzidentifier.SIMPLIFIED)
    return score > 0


def language_from_tag(tag: str | None, default: str) -> str:
    """Our language for a browser's or Telegram's tag such as zh-TW, zh-hans or en-GB."""
    lowered = (tag or "").lower().replace("_", "-")
    if lowered.startswith("zh"):
        traditional = any(part in lowered for part in ("hant", "tw", "hk", "mo"))
        return TRADITIONAL if traditional else SIMPLIFIED
    return ENGLISH if lowered.startswith("en") else default


_ASKED_FOR = (
    (TRADITIONAL, re.compile(r"繁|traditional|taiwan|hong ?kong|cantonese|廣東話|粵語|台灣", re.I)),
    (SIMPLIFIED, re.compile(r"简|簡體|簡体|simplified", re.I)),
    (ENGLISH, re.compile(r"english|英文|英语|英語|\beng\b|\ben\b", re.I)),
    (SIMPLIFIED, re.compile(r"chinese|中文|普通话|國語|国语|汉语|漢語|mandarin|华语|華語", re.I)),
)


def language_asked_for(text: str, written_in: str) -> str | None:
    """The language that someone asks to speak ("English please", 说中文), or None if unclear."""
    for language, pattern in _ASKED_FOR:
        if pattern.search(text):
            if (
                language == SIMPLIFIED
                and written_in == TRADITIONAL
                and not re.search("简|簡", text)
            ):
                return TRADITIONAL
            return language
    return None
