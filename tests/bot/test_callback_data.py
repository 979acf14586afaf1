"""Buttons carry only what this bot signed for this chat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.callback_data import PAYLOAD_LIMIT_BYTES, PayloadTooLong, seal, unseal

KEY = b"k" * 32
addresses = st.integers(min_value=1, max_value=2**52).map(str)
payloads = st.text(max_size=17).filter(lambda text: text.isprintable())


@given(addresses, payloads)
def test_what_was_sealed_comes_back(address: str, payload: str) -> None:
    data = seal(KEY, address, payload)
    assert len(data.encode()) <= 64
    assert unseal(KEY, address, data) == payload


@given(addresses, addresses, payloads)
def test_another_chat_cannot_use_it(mine: str, other: str, payload: str) -> None:
    if mine != other:
        assert unseal(KEY, other, seal(KEY, mine, payload)) is None


@given(st.text())
def test_garbage_is_not_accepted(data: str) -> None:
    assert unseal(KEY, "7", data) is None


@pytest.mark.parametrize("data", ["", "a", "\ud800" * 20, "é" * 30, "/check_balance", "\x00" * 64])
def test_odd_texts_are_survived(data: str) -> None:
    assert unseal(KEY, "7", data) is None


def test_every_changed_character_is_noticed() -> None:
    data = seal(KEY, "7", "/check_balance")
    for place in range(len(data)):
        other = "B" if data[place] != "B" else "C"
        assert unseal(KEY, "7", data[:place] + other + data[place + 1 :]) is None


def test_every_cut_is_noticed() -> None:
    data = seal(KEY, "7", '/choose_account{"account":"NB-1"}')
    assert all(unseal(KEY, "7", data[:length]) is None for length in range(len(data)))


def test_another_key_opens_nothing() -> None:
    assert unseal(b"x" * 32, "7", seal(KEY, "7", "/stop")) is None


def test_address_and_payload_do_not_run_into_each_other() -> None:
    mac = seal(KEY, "7", "1/stop")[:12]
    assert unseal(KEY, "71", f"{mac}/stop") is None


def test_the_longest_payload_fits_telegrams_64_bytes() -> None:
    payload = "x" * PAYLOAD_LIMIT_BYTES
    assert len(seal(KEY, "7", payload).encode()) == 64


@pytest.mark.parametrize("payload", ["x" * 53, "账" * 18])
def test_a_longer_payload_is_refused_by_name(payload: str) -> None:
    with pytest.raises(PayloadTooLong, match="at most 52"):
        seal(KEY, "7", payload)
