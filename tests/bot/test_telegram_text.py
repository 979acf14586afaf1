"""Telegram's formats as values: reading any JSON, laying out any message."""

from __future__ import annotations

from html import unescape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.messages import Button, Content, Kind
from bot.telegram_text import (
    Blocked,
    Elsewhere,
    Said,
    Tapped,
    keyboard,
    nearest_language,
    pieces,
    read_event,
    to_html,
    to_plain,
    update_id_of,
)
from tests.bot_api_server import CONTENTS

PRIVATE = {"id": 7, "type": "private"}
FIELDS = st.sampled_from(["chat", "from", "text", "caption", "location", "id", "data", "message"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(FIELDS, inner, max_size=3),
    max_leaves=6,
)
EVENTS = Said | Tapped | Blocked | Elsewhere


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANYTHING)
def test_any_json_is_survived(raw: object) -> None:
    assert isinstance(update_id_of(raw), int | None)
    assert isinstance(read_event(raw), EVENTS | None)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["message", "edited_message", "channel_post", "callback_query"])
    | st.just("my_chat_member"),
    st.dictionaries(FIELDS, ANYTHING | st.just(PRIVATE) | st.just({"chat": PRIVATE})),
)
def test_anything_in_a_known_field_is_survived(name: str, value: object) -> None:
    event = read_event({"update_id": 1, name: value})
    assert isinstance(event, EVENTS | None)
    if isinstance(event, Said):
        assert event.text.encode().decode() == event.text  # nothing that a database refuses


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("sticker", Kind.STICKER),
        ("photo", Kind.PICTURE),
        ("voice", Kind.VOICE),
        ("audio", Kind.VOICE),
        ("video_note", Kind.VOICE),
        ("location", Kind.LOCATION),
        ("venue", Kind.LOCATION),
        ("contact", Kind.CONTACT),
        ("document", Kind.FILE),
        ("video", Kind.FILE),
        ("animation", Kind.FILE),
        ("dice", Kind.OTHER),
    ],
)
def test_every_sort_of_message_has_its_kind(content: str, kind: Kind) -> None:
    message = {"chat": PRIVATE, **CONTENTS[content]}
    assert read_event({"message": message}) == Said(
        address="7", kind=kind, text="", language_hint=None
    )


def test_a_caption_is_the_text() -> None:
    event = read_event({"message": {"chat": PRIVATE, "photo": [], "caption": "my receipt"}})
    assert isinstance(event, Said)
    assert (event.kind, event.text) == (Kind.PICTURE, "my receipt")


def test_a_forwarded_message_is_plain_text() -> None:
    origin = {"type": "hidden_user", "sender_user_name": "x", "date": 1}
    event = read_event({"message": {"chat": PRIVATE, "text": "hi", "forward_origin": origin}})
    assert isinstance(event, Said)
    assert (event.kind, event.text) == (Kind.TEXT, "hi")


def test_an_edit_says_the_new_text() -> None:
    event = read_event({"edited_message": {"chat": PRIVATE, "text": "new"}})
    assert isinstance(event, Said)
    assert (event.kind, event.text) == (Kind.EDITED, "new")


def test_a_moving_live_location_says_nothing() -> None:
    assert read_event({"edited_message": {"chat": PRIVATE, "location": {}}}) is None


def test_text_that_no_database_stores_is_cleaned() -> None:
    event = read_event({"message": {"chat": PRIVATE, "text": "a\ud800b\x00c"}})
    assert isinstance(event, Said)
    assert event.text == "a?bc"


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel", "new sort"])
@pytest.mark.parametrize("field", ["message", "edited_message", "channel_post"])
def test_what_is_not_private_is_elsewhere(kind: str, field: str) -> None:
    message = {"chat": {"id": -5, "type": kind}, "text": "what do I owe"}
    assert read_event({field: message}) == Elsewhere(chat_id=-5)


def test_a_tap_in_a_group_is_elsewhere() -> None:
    query = {"id": "q", "data": "d", "message": {"chat": {"id": -5, "type": "group"}}}
    assert read_event({"callback_query": query}) == Elsewhere(chat_id=-5)


def test_a_tap_without_a_message_has_no_address() -> None:
    event = read_event({"callback_query": {"id": "q", "data": "d", "from": {"id": 7}}})
    assert event == Tapped(address="", query_id="q", data="d", language_hint=None)


@pytest.mark.parametrize(
    ("chat", "status", "expected"),
    [
        (PRIVATE, "kicked", Blocked(address="7")),
        (PRIVATE, "member", None),
        ({"id": -5, "type": "group"}, "member", Elsewhere(chat_id=-5)),
        ({"id": -5, "type": "group"}, "left", None),
        ({"id": -5, "type": "group"}, "kicked", None),
    ],
)
def test_membership(chat: object, status: str, expected: object) -> None:
    change = {"chat": chat, "new_chat_member": {"status": status}}
    assert read_event({"my_chat_member": change}) == expected


@pytest.mark.parametrize(
    ("code", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("de", "en"),
        ("en-GB", "en"),
        ("zh", "zh-Hans"),
        ("zh-hans", "zh-Hans"),
        ("zh_CN", "zh-Hans"),
        ("zh-hant", "zh-Hant"),
        ("zh-TW", "zh-Hant"),
        ("zh-hant-hk", "zh-Hant"),
    ],
)
def test_the_language_of_the_app_maps_to_ours(code: str | None, language: str) -> None:
    assert nearest_language(code) == language


@pytest.mark.parametrize(
    ("text", "html", "plain"),
    [
        ("You owe **$5**.", "You owe <b>$5</b>.", "You owe $5."),
        ("a < b & **c > d**", "a &lt; b &amp; <b>c &gt; d</b>", "a < b & c > d"),
        ("2 ** 3 ** 4", "2 ** 3 ** 4", "2 ** 3 ** 4"),
        ("**open\nend**", "**open\nend**", "**open\nend**"),
        ("****", "****", "****"),
    ],
)
def test_bold(text: str, html: str, plain: str) -> None:
    assert to_html(text) == html
    assert to_plain(text) == plain


@given(st.text(alphabet="a*&<> ;\nlt") | st.text())
def test_html_shows_the_same_as_plain(text: str) -> None:
    shown = to_html(text).replace("<b>", "").replace("</b>", "")
    assert unescape(shown) == to_plain(text)


@given(st.text(alphabet="ab \n账😀", max_size=120), st.integers(min_value=2, max_value=30))
def test_pieces_fit_and_lose_only_white_space(text: str, limit: int) -> None:
    found = pieces(text, limit)
    assert all(units(piece) <= limit for piece in found)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert len(found) == 1 or all(piece.strip() for piece in found)


def test_pieces_end_at_line_ends() -> None:
    assert pieces("one two\nthree\nfour", 14) == ["one two\nthree", "four"]
    assert pieces("one two three", 8) == ["one two", "three"]


def rows_of(*labels: str) -> list[list[str]]:
    content = Content(text="x", buttons=tuple(Button(label=la, payload="/p") for la in labels))
    return [[key.label for key in row] for row in keyboard(content, lambda payload: payload)]


def test_short_buttons_share_a_row_and_long_ones_do_not() -> None:
    long = "Show my whole repayment plan"
    assert rows_of("Yes", "No", "Maybe") == [["Yes", "No"], ["Maybe"]]
    assert rows_of("Yes", long, "No") == [["Yes"], [long], ["No"]]
    assert rows_of("查看我的还款计划表格", "是") == [["查看我的还款计划表格"], ["是"]]


def test_links_come_below_and_unsealed_buttons_are_left_out() -> None:
    content = Content(
        text="x",
        buttons=(Button(label="A", payload="/a"), Button(label="B", payload="/b")),
        url_buttons=(Button(label="Pay", payload="https://pay.example"),),
    )
    [[kept], [link]] = keyboard(content, lambda payload: None if payload == "/a" else payload)
    assert (kept.label, kept.data, kept.url) == ("B", "/b", None)
    assert (link.label, link.data, link.url) == ("Pay", None, "https://pay.example")
