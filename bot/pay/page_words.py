"""What the pay pages say, in each language. The trial provider says on every page that it is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PayWords:
    """`heading` has the lender in it; `choices` names the offered amounts; `states` tells how it ended."""

    language: str
    heading: str
    trial: str
    how_much: str
    choices: Mapping[str, str]
    other: str
    other_label: str
    bad_amount: str
    pay: str
    what_if: str
    decline: str
    slow: str
    leave: str
    pending: str
    arrive: str
    fail: str
    away: str
    states: Mapping[str, str]
    to_chat: str
    close_note: str
    done_title: str
    done_text: str
    left_title: str
    left_text: str
    gone_title: str
    gone_text: str


_EN = PayWords(
    language="Language",
    heading="Payment to {lender}",
    trial="This is a trial page: no card is asked for and no real money moves.",
    how_much="How much would you like to pay?",
    choices={
        "order": "As chosen in the chat",
        "overdue": "What is open from before",
        "next": "The next payment",
        "full": "The whole account",
    },
    other="Another amount",
    other_label="Amount",
    bad_amount="Please type an amount above zero, for example 50 or 50.25.",
    pay="Pay now",
    what_if="Try what can go wrong",
    decline="Let it be declined",
    slow="Pay by a slow transfer",
    leave="Back without paying",
    pending="The transfer is on its way. With a real provider this takes days; here you decide.",
    arrive="Let it arrive",
    fail="Let it fail",
    away="The payment could not be reported just now. Nothing is lost; please try again.",
    states={
        "paid": "This payment is done. The receipt comes in the chat.",
        "failed": "This payment did not go through, and nothing was taken.",
        "expired": "This page has run out, and nothing was taken. Ask for a new one in the chat.",
    },
    to_chat="Back to the chat",
    close_note="In Telegram: close this page to go back to the chat.",
    done_title="Thank you",
    done_text="Once the money has arrived, the receipt comes in the chat.",
    left_title="Nothing was paid",
    left_text="You can go back to the chat and pay later, or in another way.",
    gone_title="This page does not exist",
    gone_text="Ask for a new payment page in the chat.",
)

_ZH_HANS = PayWords(
    language="语言",
    heading="向 {lender} 还款",
    trial="这是演示页面：不需要填卡号，也不会真的扣款。",
    how_much="您想还多少？",
    choices={
        "order": "在对话里选的金额",
        "overdue": "之前未到账的",
        "next": "下一期",
        "full": "全部结清",
    },
    other="其他金额",
    other_label="金额",
    bad_amount="请输入大于零的金额，比如 50 或 50.25。",
    pay="确认支付",
    what_if="试试可能出现的问题",
    decline="让这笔支付被拒",
    slow="用较慢的转账支付",
    leave="不支付，返回",
    pending="转账正在处理。真实的支付需要几天，这里由您决定结果。",
    arrive="让它到账",
    fail="让它失败",
    away="支付结果暂时没有报上去。什么都没有丢，请再试一次。",
    states={
        "paid": "这笔支付已完成，收据会发到对话里。",
        "failed": "这笔支付没有成功，没有扣款。",
        "expired": "页面已过期，没有扣款。请在对话里重新获取。",
    },
    to_chat="返回对话",
    close_note="在 Telegram 里：关闭此页即可回到对话。",
    done_title="谢谢您",
    done_text="款项到账后，收据会发到对话里。",
    left_title="没有支付",
    left_text="您可以回到对话，稍后再还，或换一种方式。",
    gone_title="页面不存在",
    gone_text="请在对话里重新获取还款页面。",
)

_ZH_HANT = PayWords(
    language="語言",
    heading="向 {lender} 繳款",
    trial="這是示範頁面：不需要填卡號，也不會真的扣款。",
    how_much="您想繳多少？",
    choices={
        "order": "在對話裡選的金額",
        "overdue": "先前未入帳的",
        "next": "下一期",
        "full": "全部結清",
    },
    other="其他金額",
    other_label="金額",
    bad_amount="請輸入大於零的金額，例如 50 或 50.25。",
    pay="確認付款",
    what_if="試試可能發生的問題",
    decline="讓這筆付款被拒",
    slow="用較慢的轉帳付款",
    leave="不付款，返回",
    pending="轉帳正在處理。真實的付款需要幾天，這裡由您決定結果。",
    arrive="讓它入帳",
    fail="讓它失敗",
    away="付款結果暫時沒有回報成功。什麼都沒有遺失，請再試一次。",
    states={
        "paid": "這筆付款已完成，收據會傳到對話裡。",
        "failed": "這筆付款沒有成功，沒有扣款。",
        "expired": "頁面已過期，沒有扣款。請在對話裡重新取得。",
    },
    to_chat="返回對話",
    close_note="在 Telegram 裡：關閉此頁即可回到對話。",
    done_title="謝謝您",
    done_text="款項入帳後，收據會傳到對話裡。",
    left_title="沒有付款",
    left_text="您可以回到對話，稍後再繳，或換一種方式。",
    gone_title="頁面不存在",
    gone_text="請在對話裡重新取得繳款頁面。",
)

PAY_WORDS: Mapping[str, PayWords] = {"en": _EN, "zh-Hans": _ZH_HANS, "zh-Hant": _ZH_HANT}
