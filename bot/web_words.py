"""What the chat page itself says, in each language. The assistant's own texts live in `nlu/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

LANGUAGE_NAMES: Mapping[str, str] = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}
DEFAULT_LANGUAGE = "en"


class Problem(StrEnum):
    """Why a request was not carried out."""

    TOO_LONG = "too_long"
    TOO_FAST = "too_fast"
    EXPIRED = "expired"
    NOT_FOUND = "not_found"
    BROKEN_LINK = "broken_link"
    UNAVAILABLE = "unavailable"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The page's words in one language; `{lender}` stands for the lender's name."""

    title: str
    assistant_note: str
    queued_note: str
    human_note: str
    talk_to_person: str
    menu: str
    language: str
    leave: str
    leave_hint: str
    skip: str
    transcript: str
    you: str
    assistant: str
    staff: str
    older: str
    hidden: str
    starters: tuple[str, ...]
    box_label: str
    placeholder: str
    send: str
    key_hint: str
    safety: str
    writing: str
    sending: str
    not_sent: str
    try_again: str
    dismiss: str
    newer: str
    offline: str
    refresh: str
    enlarge: str
    download: str
    close: str
    chose: str
    opened_link: str
    gave_identity: str
    changed_language: str
    left: str
    landing_title: str
    landing_text: str
    landing_button: str
    landing_unexpected: str
    to_chat: str
    problems: Mapping[Problem, tuple[str, str]]


_EN = Words(
    title="Chat with {lender}",
    assistant_note="Assistant, not a person",
    queued_note="A person has been asked to join",
    human_note="A person from the team is here",
    talk_to_person="Talk to a person",
    menu="Language and more",
    language="Language",
    leave="Leave this chat",
    leave_hint="Forgets the chat on this device. For shared computers.",
    skip="Skip to the message box",
    transcript="Conversation",
    you="You",
    assistant="Assistant",
    staff="{lender} team",
    older="Older messages are kept but not shown here.",
    hidden="Earlier messages are hidden to protect your privacy. "
    "They come back once you have confirmed that it's you.",
    starters=("How much do I owe?", "When is it due?", "I need more time"),
    box_label="Your message",
    placeholder="Write a message…",
    send="Send",
    key_hint="Enter sends, Shift + Enter starts a new line.",
    safety="{lender} never asks for passwords or one-time codes here.",
    writing="Writing…",
    sending="Sending…",
    not_sent="Not sent.",
    try_again="Try again",
    dismiss="Close",
    newer="New messages",
    offline="No connection. Trying to reconnect…",
    refresh="Show new messages",
    enlarge="Enlarge the picture",
    download="Download",
    close="Close",
    chose="Chose an option",
    opened_link="You opened a link from {lender}",
    gave_identity="You gave your date of birth (checked, not kept here)",
    changed_language="You changed the language",
    left="This device has forgotten your chat.",
    landing_title="Your private chat with {lender}",
    landing_text="This link is meant for you alone and works once. On the next page we'll check "
    "that it's you before anything personal is shown.",
    landing_button="Continue",
    landing_unexpected="Didn't expect this link? Just close the page; nothing happens until you "
    "continue.",
    to_chat="Go to the chat",
    problems={
        Problem.TOO_LONG: (
            "That message is too long",
            "It was not sent. A message can have up to 50,000 characters; please send it in parts.",
        ),
        Problem.TOO_FAST: (
            "A moment, please",
            "That was a lot at once. Nothing is lost; please try again in a few seconds.",
        ),
        Problem.EXPIRED: (
            "Please open the chat again",
            "To keep you safe this was not sent: the page is too old, or cookies are blocked.",
        ),
        Problem.NOT_FOUND: (
            "There is nothing here",
            "This page does not exist, or is not part of your chat.",
        ),
        Problem.BROKEN_LINK: (
            "This link is not complete",
            "A part may be missing. Please open it from our message again, or ask for a new one.",
        ),
        Problem.UNAVAILABLE: (
            "That didn't work just now",
            "This is on our side, and we're sorry. Please try again in a moment.",
        ),
        Problem.STALE: (
            "That choice has passed",
            "Nothing was changed. Please use the newest choices, or just write what you need.",
        ),
    },
)

_ZH_HANS = Words(
    title="与{lender}对话",
    assistant_note="智能助手，不是真人",
    queued_note="已为您呼叫人工客服",
    human_note="人工客服正在与您对话",
    talk_to_person="找人工",
    menu="语言与更多",
    language="语言",
    leave="退出对话",
    leave_hint="在这台设备上清除对话，适合公用电脑。",
    skip="跳到输入框",
    transcript="对话内容",
    you="您",
    assistant="智能助手",
    staff="{lender}客服",
    older="更早的消息仍有保存，这里不再显示。",
    hidden="为保护您的隐私，之前的消息已隐藏。确认是您本人后会重新显示。",
    starters=("我现在要还多少？", "什么时候到期？", "我想晚几天还"),
    box_label="您的消息",
    placeholder="请输入消息…",
    send="发送",
    key_hint="按 Enter 发送，Shift + Enter 换行。",
    safety="{lender}不会在这里向您索要密码或验证码。",
    writing="正在输入…",
    sending="发送中…",
    not_sent="未发送。",
    try_again="重试",
    dismiss="关闭",
    newer="有新消息",
    offline="网络已断开，正在重新连接…",
    refresh="查看新消息",
    enlarge="放大图片",
    download="下载",
    close="关闭",
    chose="已选择一个选项",
    opened_link="您打开了{lender}发来的链接",
    gave_identity="您提供了出生日期（已核对，这里不保留）",
    changed_language="您更改了语言",
    left="这台设备已清除您的对话。",
    landing_title="您与{lender}的专属对话",
    landing_text="此链接仅供您本人使用，只能使用一次。"
    "下一页会先确认是您本人，之后才会显示个人信息。",
    landing_button="继续",
    landing_unexpected="不清楚这个链接的来历？直接关闭页面即可，在您点“继续”之前不会有任何操作。",
    to_chat="前往对话",
    problems={
        Problem.TOO_LONG: (
            "消息太长了",
            "消息没有发出。每条最多 50,000 个字，请您分几条发送。",
        ),
        Problem.TOO_FAST: ("请稍等一下", "刚才发送得太快了。内容没有丢失，请您过几秒再试。"),
        Problem.EXPIRED: (
            "请重新打开对话",
            "为了您的安全，刚才的内容没有发出：页面打开太久，或浏览器禁用了 Cookie。",
        ),
        Problem.NOT_FOUND: ("这里没有内容", "页面不存在，或不属于您的对话。"),
        Problem.BROKEN_LINK: (
            "链接不完整",
            "链接可能被截断了。请从您收到的消息里重新打开，或在对话中向我们索取新的链接。",
        ),
        Problem.UNAVAILABLE: ("暂时没有成功", "这是我们这边的问题，很抱歉。请您稍后再试。"),
        Problem.STALE: (
            "这个选项已失效",
            "它属于之前的消息，所以没有做任何更改。请使用最新的选项，或直接告诉我们您的需要。",
        ),
    },
)

_ZH_HANT = Words(
    title="與{lender}對話",
    assistant_note="智慧助理，不是真人",
    queued_note="已為您通知客服專員",
    human_note="客服專員正在與您對話",
    talk_to_person="找客服專員",
    menu="語言與更多",
    language="語言",
    leave="離開對話",
    leave_hint="在這台裝置上清除對話，適合公用電腦。",
    skip="跳至輸入框",
    transcript="對話內容",
    you="您",
    assistant="智慧助理",
    staff="{lender}客服專員",
    older="更早的訊息仍有保存，此處不再顯示。",
    hidden="為保護您的隱私，先前的訊息已隱藏。確認是您本人後會再次顯示。",
    starters=("我現在要繳多少？", "什麼時候到期？", "我想晚幾天繳"),
    box_label="您的訊息",
    placeholder="請輸入訊息…",
    send="傳送",
    key_hint="按 Enter 傳送，Shift + Enter 換行。",
    safety="{lender}不會在這裡向您索取密碼或驗證碼。",
    writing="正在輸入…",
    sending="傳送中…",
    not_sent="尚未送出。",
    try_again="再試一次",
    dismiss="關閉",
    newer="有新訊息",
    offline="網路已中斷，正在重新連線…",
    refresh="顯示新訊息",
    enlarge="放大圖片",
    download="下載",
    close="關閉",
    chose="已選擇一個選項",
    opened_link="您開啟了{lender}傳來的連結",
    gave_identity="您提供了出生日期（已核對，這裡不保留）",
    changed_language="您變更了語言",
    left="這台裝置已清除您的對話。",
    landing_title="您與{lender}的專屬對話",
    landing_text="此連結僅供您本人使用，只能使用一次。"
    "下一頁會先確認是您本人，之後才會顯示個人資料。",
    landing_button="繼續",
    landing_unexpected="不確定這個連結從何而來？直接關閉頁面即可，在您點選「繼續」之前不會有任何動作。",
    to_chat="前往對話",
    problems={
        Problem.TOO_LONG: (
            "訊息太長了",
            "訊息沒有送出。每則最多 50,000 個字，請您分成幾則傳送。",
        ),
        Problem.TOO_FAST: ("請稍候", "剛才傳送得太快了。內容沒有遺失，請您過幾秒再試。"),
        Problem.EXPIRED: (
            "請重新開啟對話",
            "為了您的安全，剛才的內容沒有送出：頁面開啟太久，或瀏覽器封鎖了 Cookie。",
        ),
        Problem.NOT_FOUND: ("這裡沒有內容", "頁面不存在，或不屬於您的對話。"),
        Problem.BROKEN_LINK: (
            "連結不完整",
            "連結可能被截斷了。請從您收到的訊息重新開啟，或在對話中向我們索取新的連結。",
        ),
        Problem.UNAVAILABLE: ("暫時沒有成功", "這是我們這邊的問題，非常抱歉。請您稍後再試。"),
        Problem.STALE: (
            "這個選項已失效",
            "它屬於先前的訊息，因此沒有做任何變更。請使用最新的選項，或直接告訴我們您的需要。",
        ),
    },
)

WORDS: Mapping[str, Words] = {"en": _EN, "zh-Hans": _ZH_HANS, "zh-Hant": _ZH_HANT}
