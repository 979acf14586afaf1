"""Which messages are in a language that is not spoken here."""

import pytest

from bot.languages import is_other_language


@pytest.mark.parametrize(
    "text",
    [
        "¿cuánto debo este mes? no puedo pagar",
        "je ne peux pas payer ce mois",
        "wann muss ich meine Rate zahlen",
        "quanto devo pagar este mês? não tenho",
        "saya mau bayar utang saya bulan ini",
        "magkano po ang utang ko",
        "сколько я должен",
        "मुझे कितना देना है",
        "كم المبلغ المستحق",
        "いくら払えばいいですか",
        "이번 달에 얼마를 내야 하나요",
        "ฉันต้องจ่ายเท่าไหร่",
    ],
)
def test_other_languages(text: str) -> None:
    assert is_other_language(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "12345", "?!", "😀", "how much do i owe", "ok", "la la la", "no", "hola", "que?",
        "我想 delay 一下 payment", "欠多少", "des moines branch", "my name is Jürgen Müller",
        "de la Cruz is my name", "naïve café", "I paid at el corte", "pay de bill pls",
        "stp txtin me", "pls help me paying in instalments", "/x a=1; SELECT * FROM t",
    ],
)  # fmt: skip
def test_ours_and_what_is_none(text: str) -> None:
    assert not is_other_language(text)
