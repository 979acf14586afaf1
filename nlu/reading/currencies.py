"""Which currency a sign or word means, given the borrower's accounts. ISO 4217 codes. Pure."""

from __future__ import annotations

from collections.abc import Sequence

_DOLLARS = ("USD", "CAD", "AUD", "HKD", "TWD", "SGD", "NZD", "MOP")
_YUAN = ("CNY", "TWD", "HKD", "MOP", "SGD", "USD")

_SHARED: dict[str, tuple[str, ...]] = {
    "$": _DOLLARS,
    "¥": ("CNY", "JPY"),
    "£": ("GBP",),
    "元": _YUAN,
    "rs": ("INR", "PKR", "LKR", "NPR", "MUR"),
    "蚊": ("HKD", "MOP"),
}
"""A sign or word that several currencies use; the first is meant when no account tells."""

_CODES = ["usd", "cny", "gbp", "eur", "inr", "jpy", "hkd", "twd", "cad", "aud", "sgd", "nzd", "mop"]
_MEANS: dict[str, str] = {
    **{code: code.upper() for code in _CODES},
    **dict.fromkeys(("$", "dollar", "dollars", "buck", "bucks", "cent", "cents", "¢"), "$"),
    **dict.fromkeys(("us$", "美元", "美金", "刀", "us dollars"), "USD"),
    **dict.fromkeys(("hk$", "港币", "港元", "港纸"), "HKD"),
    **dict.fromkeys(("nt$", "nt", "ntd", "台币", "新台币"), "TWD"),
    **dict.fromkeys(("a$", "au$"), "AUD"),
    **dict.fromkeys(("c$", "ca$"), "CAD"),
    **dict.fromkeys(("s$",), "SGD"),
    **dict.fromkeys(("nz$",), "NZD"),
    **dict.fromkeys(
        ("£", "pound", "pounds", "quid", "p", "pence", "fiver", "tenner", "英镑", "镑"), "£"
    ),
    **dict.fromkeys(("€", "euro", "euros", "欧元"), "EUR"),
    **dict.fromkeys(("₹", "rs", "rs.", "rupee", "rupees", "卢比"), "rs"),
    **dict.fromkeys(("¥",), "¥"),
    **dict.fromkeys(("rmb", "yuan", "kuai", "人民币", "大洋"), "CNY"),
    **dict.fromkeys(("yen", "日元", "日币", "円"), "JPY"),
    **dict.fromkeys(("元", "块", "块钱", "圆", "毛", "角", "分钱"), "元"),
    **dict.fromkeys(("蚊",), "蚊"),
}


def currencies_of(mark: str | None, accounts: Sequence[str]) -> tuple[str | None, ...]:
    """What a mark can mean, one where it is clear. `accounts`: currencies of the borrower's accounts.

    Without a mark it is that of an account; without an account it is not known.
    """
    if mark is None:
        return tuple(sorted(accounts)) or (None,)
    meant = _MEANS[mark]
    if meant not in _SHARED:
        return (meant,)
    members = _SHARED[meant]
    if meant == "元" and len(accounts) == 1:
        return (accounts[0],)  # said of whatever money is used where one lives
    if meant == "元":
        members = members[:4]
    fitting = [code for code in accounts if code in members]
    return tuple(sorted(fitting)) or (members[0],)
