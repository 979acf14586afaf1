"""How people ask, in three languages; each is read by the model as the intent it stands under."""

ASKED: dict[str, dict[str, str]] = {
    "check_balance": {
        "en": "how much do i owe right now",
        "zh-Hans": "我还欠多少钱",
        "zh-Hant": "我這個月要繳多少",
    },
    "check_due_date": {
        "en": "when is my next payment due please",
        "zh-Hans": "我几号还款",
        "zh-Hant": "繳款日是哪天",
    },
    "ask_payoff": {
        "en": "how much to clear the whole loan",
        "zh-Hans": "一次性还清要多少钱",
        "zh-Hant": "如果我想一次繳清要多少錢",
    },
    "ask_schedule": {
        "en": "can i see my repayment schedule",
        "zh-Hans": "给我看看还款计划表",
        "zh-Hant": "請給我本息攤還表",
    },
    "payment_history": {
        "en": "how much have i paid so far",
        "zh-Hans": "还款到账了没有",
        "zh-Hant": "請問我的款項入帳了嗎",
    },
    "report_paid": {"en": "i've already paid", "zh-Hans": "我已经还过了", "zh-Hant": "我繳過了"},
    "greet": {"en": "hello there", "zh-Hans": "你好", "zh-Hant": "您好"},
    "help": {"en": "what can you do", "zh-Hans": "你能帮我做什么", "zh-Hant": "你可以幫我做什麼"},
    "ask_are_you_bot": {
        "en": "are you a real person",
        "zh-Hans": "你是真人吗",
        "zh-Hant": "你是真人嗎",
    },
    "ask_proof_of_lender": {
        "en": "is this a scam",
        "zh-Hans": "怎么证明你们是真的",
        "zh-Hant": "怎麼證明你們是真的",
    },
    "ask_fees_interest": {
        "en": "how much is the late fee",
        "zh-Hans": "利息怎么算",
        "zh-Hant": "利息怎麼算",
    },
    "make_payment": {
        "en": "i want to make a payment",
        "zh-Hans": "怎么还钱",
        "zh-Hant": "請問有哪些繳款方式",
    },
    "dispute_debt": {
        "en": "that's not my debt",
        "zh-Hans": "这钱不是我借的",
        "zh-Hant": "我沒有借過錢",
    },
    "express_distress": {
        "en": "i can't go on like this",
        "zh-Hans": "活不下去了",
        "zh-Hant": "我撐不下去了",
    },
    "set_contact_preferences": {
        "en": "please stop sending me messages",
        "zh-Hans": "别给我发消息了 烦死了",
        "zh-Hant": "別再發簡訊給我",
    },
    "wrong_person": {
        "en": "you've got the wrong person",
        "zh-Hans": "你打错电话了",
        "zh-Hant": "打錯電話了",
    },
    "talk_to_human": {
        "en": "i want to talk to a person",
        "zh-Hans": "转人工客服",
        "zh-Hant": "請轉接客服專員",
    },
    "cancel": {"en": "never mind", "zh-Hans": "取消吧", "zh-Hant": "取消"},
}
