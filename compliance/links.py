"""Links in a message, and which of them a lender has not allowed. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

_TOP_LEVEL = (
    "com|net|org|io|cn|co|uk|biz|info|app|link|xyz|top|ly|cc|vip|club|site|online|shop|store|hk|tw|"
    "gov|edu|dev|icu|buzz|wang|ltd|tv|ws|gl|gd|eu|de|ru|example|test|mobi|asia|tech|website"
)
_WORD_TOP_LEVEL = (
    "me|in|us|to|is|it|at|so|ai|sh|be|do|id|pay|bank|loan|loans|finance|page|live|pro|win|work|"
    "space|world|today|cash|money|credit|click"
)
"""Also words, which follow a full stop where a space was forgotten: a link only with a path."""

_LINK = re.compile(
    rf"""
    (?P<scheme>[a-z][a-z0-9+.-]{{1,12}}|h[tx]{{2}}ps?)\s?:\s?//\s?(?P<rest>[^\s<>"'()，。；、！？）」』】\]]+)
    | (?<![\w@.-])(?P<bare>
        (?:[^\W_](?:[\w-]{{0,61}}[^\W_])?(?:\.|\[\.\]|\(\.\)|\s?\[dot\]\s?|\s\(dot\)\s)){{1,20}}
        (?:(?:{_TOP_LEVEL})(?![\w-])|(?:{_WORD_TOP_LEVEL})(?=/))
        (?::\d+)?(?:/[^\s<>"'()，。；、！？）」』】\]]*)?)
    | (?<!\w)(?P<ip>\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?::\d+)?/[^\s]*)
    """,
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_WIDE = str.maketrans({"．": ".", "：": ":", "／": "/", "｡": ".", "＠": "@"})
# Browsers take an ideographic full stop inside an address for a dot.
_IDEOGRAPHIC_DOT = re.compile(r"(?<=[A-Za-z0-9])。(?=[A-Za-z0-9])")
# No link is without one of these; each begins with fixed characters, so the search is quick.
_DOTTED = re.compile(r"\.[^\W_]")
_DISGUISED_DOT = re.compile(r"[\[(](?:\.|[dD][oO][tT])")
_DOT = re.compile(r"\s?(?:\[\.\]|\(\.\)|\[dot\]|\(dot\))\s?", re.IGNORECASE)
_NO_ADDRESS = ("tel", "sms")


def links_not_allowed(text: str, allowed: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where in the text a link stands that is not on the list.

    An entry of the list is a host (`pay.northbank.example`: that host over https, any path) or
    the beginning of an address (`https://northbank.example/pay/`). Subdomains are not included.
    """
    plain = _plain(text)
    if "//" not in plain and not _DOTTED.search(plain) and not _DISGUISED_DOT.search(plain):
        return
    for match in _LINK.finditer(plain):
        if match.group("scheme") in _NO_ADDRESS:
            continue
        if not any(_covers(entry, match) for entry in allowed):
            yield match.start(), match.start() + len(match.group().rstrip(".,;:!?*_~"))


def _plain(text: str) -> str:
    """Full-width address marks made plain, invisible characters made visible; length unchanged."""
    plain = _IDEOGRAPHIC_DOT.sub(".", text.translate(_WIDE))
    if plain.isascii():
        return plain
    # A zero-width character inside an address must not make it look like an allowed one.
    return "".join(_one_for_one(character) for character in plain)


def _one_for_one(character: str) -> str:
    normal = unicodedata.normalize("NFKC", character)
    return normal if len(normal) == 1 else character


def _covers(entry: str, match: re.Match[str]) -> bool:
    scheme = (match.group("scheme") or "https").lower()
    address = match.group("rest") or match.group("bare") or match.group("ip")
    address = _DOT.sub(".", address).rstrip(".,;:!?*_~")
    # What stands before @ is no host: https://bank.example@evil.example leads to evil.example.
    authority, slash, path = address.partition("/")
    if not authority.isascii() or any(mark in authority for mark in "@\\?#%"):
        return False
    wanted_scheme, colon, wanted = entry.partition("://")
    if not colon:
        wanted_scheme, wanted = "https", entry
    wanted_host, wanted_slash, wanted_path = wanted.partition("/")
    if scheme != wanted_scheme.lower() or authority.lower() != wanted_host.lower():
        return False
    if not wanted_path:
        return True
    return bool(slash and wanted_slash) and ".." not in path and path.startswith(wanted_path)
