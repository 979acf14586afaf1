"""The words by which people speak of our contacts, as patterns over plain text. Pure.

`plain_text` makes a text plain first: lower case, simplified characters, Cantonese words in their
written form, Latin words set apart from Chinese ones.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

_CANTONESE = str.maketrans("搵揾俾畀嘢咗啲冇喺", "找找给给物了些没在")
_PLAIN_WORDS = (
    ("唔好", "不要"), ("唔想", "不想"), ("唔要", "不要"), ("唔得闲", "没空"), ("唔方便", "不方便"),
    ("返工", "上班"), ("放工", "下班"), ("夜晚", "晚上"), ("屋企人", "家人"), ("屋企", "家里"),
    ("晏昼", "下午"), ("朝早", "早上"), ("礼拜", "周"), ("星期", "周"), ("周天", "周日"), ("周六日", "周末"),
    ("邮件信箱", "邮箱"), ("电子邮件", "邮件"), ("连络", "联络"), ("send物", "发"), ("闩", "关"), ("早上机", "手机"),
    ("’", "'"), ("‘", "'"), ("don t ", "don't "),
)  # fmt: skip
CLAUSE = re.compile(
    r"(?<!\d)[.](?!\d)|[.](?=\s|$)|[,;!?，。；！？\n]+|\s+(?:but|then|so|cause|coz|because|since my|if you|just)\s+(?=\D)"
    r"|\s+and\s+(?=(?:do ?n'?t|do not|dont|no|not|never|please|stop|text|e-?mail|call|message|only|just|write|you|i)\b)"
    r"|[—–]\s|但是?|不过|然后|因为|而且|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])|(?<=就行)(?=别|不)|(?<=就好)(?=别|不)|(?<=可以)(?=别)"
)
INSTEAD = re.compile(r"\b(?:instead of|rather than|and not|not)\b (?=(?:by |via |the |on )?(?:phone|home|land ?line|call|text|sms|e-?mail|letter|post|ring|messag|visit))")  # fmt: skip

BARE_STOP = re.compile(
    r"(?:(?:please|pls|plz|just|ok|okay|now|oh|i said|omg|ffs)[ ,]*)*(?:stop|enough|stop (?:it|this|that|now|all|already)|unsub\w*|opt ?-?out|no more|end|quit|cancel|停|停止|停下|停了吧|停停停|别了|不要了|够了|退订|td|t|取消订阅)(?:[ ,]*(?:please|pls|plz|now|already|it|thanks|ok|吧|了|啊|谢谢|td|退订))*"
)
LIFTED = re.compile(
    r"\b(?:you|u|ya) (?:can|may|could|are welcome to) (?:now )?(?:contact|call|text|message|write|reach|e-?mail|send)[^.]{0,30}\b(?:again|any ?time|whenever)\b"
    r"|\b(?:contact|call|text|message|write to|reach) me (?:at )?(?:any ?time|whenever)\b|\b(?:contact|message|text|write to|call|e-?mail) me again\b|\bresume (?:the |my |all )?(?:messages?|reminders?|texts?|contact|notifications?)"
    r"|\b(?:turn|switch) on (?:the |my )?(?:messages?|reminders?|notifications?|alerts?|texts?)\b|\bback on\b|\bstart (?:sending|messaging|texting|writing|the)\b[^.]{0,20}\bagain\b|\bopt(?: me)? (?:back )?in\b|\bunstop\b|\bunmute\b|\bany ?time is (?:fine|ok|good|okay)\b"
    r"|\b(?:remove|forget|delete|clear|drop|lift) (?:all )?(?:my |the )?(?:contact |time )?(?:preferences|limits|restrictions|settings)\b|\bresubscribe\b|\bi take (?:that|it) back\b"
    r"|可以(?:再|重新|继续|随时|照常)?(?:联系|联络|找|打给|通知|提醒)我了?(?!家|爸|妈|老|的)(?:$|了|啦|吧)|可以(?:再|重新|继续)(?:给我)?(?:发|打|联系|联络|传)|(?:随时|什么时候|任何时间)(?:都)?(?:可以|能|行|方便)?(?:联系|联络|找我|打给|发)|随时都?(?:可以|行|欢迎)|恢复(?:短信|消息|提醒|通知|联系|推送|发送)|重新(?:开启|打开|开通|订阅|提醒|联系)"
    r"|继续(?:发|提醒|通知|联系)(?:我|吧|给)|取消(?:之前的)?(?:免打扰|限制|偏好)|可以再?(?:给我)?发(?:消息|短信|提醒|讯息)了"
)
WRONG = re.compile(
    r"\bwrong (?:number|person|guy|man|woman|lady|contact)\b|\bnot (?:the person|who) you\b|\bi'?m not (?:that|this) person\b|\bno ?(?:one|body) (?:here )?(?:by|with|called) (?:that|this) name\b|(?<!email)(?<!email )(?<!邮箱)(?<!的)(?<!名字)打错(?:电话|号码|人|了)|发错(?:人|了|号)|找错人|认错人|不是本人|我不是(?:他|她|机主)|你们?(?:找|打|发)错|查无此人|不认识(?:这个人|他|她)"
)
DIED = re.compile(
    r"\b(?:borrower|account ?holder|card ?holder|customer|owner of (?:this|the) (?:account|phone|loan)|person you are looking for)\b[^.]{0,20}\b(?:died|dead|passed away|deceased)\b|\b(?:he|she)(?:'s| is| has)? (?:died|dead|passed away|deceased|no longer (?:with us|alive))\b.*\b(?:stop|do ?n'?t|no more)\b|(?:他|她)(?:已经|已)?(?:去世|过世|不在|走)了.*(?:别|不要|停)|(?:借款人|机主|本人|户主|持卡人|客户)(?:已经|已)?(?:去世|过世|身故|往生|不在世|死)"
)
LAWYER = re.compile(
    r"\bmy (?:lawyer|attorney|solicitor|barrister|legal aid|debt (?:adviser|advisor|counsell?or)|counsel)\b[^.]{0,25}\b(?:handl\w*|represent\w*|deal\w*|act\w*|tak\w+ care|responsible|in charge|will (?:reply|answer|contact))\b"
    r"|\b(?:contact|talk to|speak (?:to|with)|go through|call|write to|e-?mail|direct (?:all|everything|any)[^.]{0,40} to) my (?:lawyer|attorney|solicitor|legal|debt (?:adviser|advisor))\b"
    r"|\bcorrespondence\b[^.]{0,20}\bto my (?:lawyer|attorney|solicitor)\b|\blegal aid is acting\b|\bi(?:'m| am) represented\b|\b(?:represented by|hired|retained|have|got) (?:a |an |my )?(?:lawyer|attorney|solicitor|counsel)\b(?! friend)|(?:我的?|已经?|委托了?|聘请了?|有)(?:代理)?律师(?:了|来|会|在|全权)?(?:处理|代理|负责|跟进|联系|代表|$)|(?:联系|找|打给|联络|跟)我的?(?:代理)?律师|委托(?:了)?律师|律师全权|由律师"
)
CEASE = re.compile(
    r"\bcease (?:and desist|all|any|further|communicat\w*|contact\w*)\b|\b(?:hereby|formally) (?:request|demand|ask|notif|requir)|\bmy (?:legal )?right.{0,30}(?:stop|cease)|依法.{0,8}(?:要求|请).{0,8}(?:停止|不得|不要)|(?:正式|书面)(?:要求|请求|通知).{0,10}(?:停止|不要|不得)|根据.{0,12}法.{0,12}停止"
)
PREFERENCES = re.compile(
    r"\b(?:contact|communication|notification|reminder) (?:preferences?|settings?|options?)\b|\b(?:update|change|set) how (?:you|u) contact\b|(?:通知|提醒|联系|联络|沟通)(?:的)?(?:方式|偏好|设置|时间)(?:怎么|如何|在哪|想|要)?(?:改|修改|设置|调)?$|(?:修改|更改|调整|设置)(?:一下)?(?:通知|提醒|联系|联络)(?:的)?(?:方式|偏好|时间)"
)
FOR_COLLEAGUE = re.compile(
    r"\bstatements?\b|\bpaperless\b|\bpaper\b|\b(?:e-?)?bills?\b|\benvelopes?\b|letter ?box|账单|月结单|对账单|电子单|发票|纸本|纸质|帐单"
    r"|\b(?:once|twice|one|two|\d) (?:times? )?(?:a|per|each|every) (?:day|week|month)\b|\b(?:fewer|less|so many|too many|too often|days? before|every (?:day|week|month))\b|提前.{0,3}天|前.{0,2}天提醒|每[天周月日].{0,4}(?:[一两1-3]次|提|条)|一[天周月].{0,4}(?:好几|几|多|[一1])[条次]|少(?:一?点|发)"
    r"|whats ?app|wechat|微信|(?<!home )(?<!phone )(?<!the )\bline\b|messenger|viber|\bqq\b|\bapp\b"
    r"|\b(?:can|could|may) (?:you|i|u) (?:please )?(?:get|have|send|set|receive|remind)|\bset ?up\b|\bsign me up\b|\bremind me\b|\bonce\b|\bsubscribe\b|\bi(?:'d| would)? (?:like|want) (?:to get |to receive |a )?(?:reminders?|alerts?|notifications?)"
    r"|开通|开启|打开|想要?收|想要.{0,6}(?:提醒|提示|通知)|申请|提醒我|设[置定].{0,6}(?:提醒|通知)|(?:打|联系|找)我(?:老婆|老公|儿子|女儿|爸|妈|代办|家人)|代办人"
)
BUSY = re.compile(
    r"\b(?:i'?m |im |am )?(?:driving|in a meeting|in class|busy (?:right )?now|at the doctor)\b|\b(?:call|text|message|contact|try|ring|talk|write) (?:me )?(?:back )?(?:later|another (?:time|day)|some other time)\b|\bnot a good time\b|\bnot (?:right )?now\b|\bbad time\b|现在(?:不方便|忙|没空|在开|开车|在忙|上课)|在开车|在开会|开会中|改天(?:再|吧)|过会儿?再|晚点再?(?:打|联系|说|发|找)|等(?:一)?会儿?再|待会再|小时后再|今天(?:忙|没空|不方便)"
)
VAGUE_PAUSE = re.compile(
    r"\bfor (?:a while|now|some time|the time being|the moment)\b|\bthese days\b|\bgive me (?:a break|some (?:space|peace))\b|这几天|最近|这阵子|这段时间|暂时|先别|一段时间|缓缓|清静"
)
COMPLAINS = re.compile(
    r"\b(?:you|they|u|your \w+) (?:keep|kept|always|even|just)?\s?(?:call|sen[dt]|text|ring|rang|messag|contact|wrote)\w*|凭什么|为什么|怎么(?:老|总|又)"
)
HARD_OF_HEARING = re.compile(
    r"听力|听不见|听不到|听障|耳聋|聋|\bdeaf\b|hard of hearing|can'?t hear"
)
LANGUAGE = re.compile(
    r"\b(?:in|speak|use|using|write|talk|reply|prefer|only|to|want|need|language:?) (?:me )?(?:only )?(?:in )?(?:to )?(?:traditional |simplified )?(?:chinese|english|mandarin|cantonese)\b|\b(?:chinese|english|mandarin|cantonese) (?:please|pls|only|plz)\b"
    r"|(?:用|说|讲|改|换|以|只|请|要)(?:成|为|回|用)?(?:繁体|简体|繁體)?(?:中文|英文|英语|汉语|普通话|国语|粤语|华语)|(?:中文|英文|英语|繁体|简体)(?:沟通|就好|联系|谢谢|回复|可以吗|吧|服务)"
)


def plain_text(text: str) -> str:
    plain = _to_simplified()(unicodedata.normalize("NFKC", text).lower()).translate(_CANTONESE)
    for spelt, usual in _PLAIN_WORDS:
        plain = plain.replace(spelt, usual)
    # A Chinese character is a letter to \b: set Latin words apart from it.
    return re.sub(
        r"(?<=[a-z])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[a-z])", " ", plain
    ).strip()


@lru_cache(maxsize=1)
def _to_simplified() -> Callable[[str], str]:
    import opencc

    convert: Callable[[str], str] = opencc.OpenCC("t2s").convert
    return convert
