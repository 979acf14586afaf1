"""Which channels, places and people a clause about contacts names, and whether it refuses. Pure.

Works on one clause of a text that `nlu.wish_phrases` has made plain.
"""

from __future__ import annotations

import re

from compliance.wishes import (
    EmployerProhibits,
    InconvenientPlace,
    Medium,
    OnlyBorrower,
    Place,
    Wish,
)

_REFUSES = re.compile(
    r"\b(?:do ?n[o']?t|do not|dun|never|no|not|nothing(?! but)|stop(?:ped|ping)?|stahp|quit|cease|without|can'?t|cannot|avoid"
    r"|refuse|block|disable|mute|unsub\w*|remove|enough|rather you (?:did|would)n'?t|dnd|end|band kar\w*)\b"
    r"|leave me (?:alone|be|in peace)|\b(?:turn|switch|shut|take|get)\w*(?: \w+){0,3} off\b|\boff (?:my|your) (?:list|back)\b|opt(?: me)? ?-?out|\bcancel"
    r"|别(?!人|的|家)|不要|不准|不许|不想|不能|不便|不方便|不接|不用|不必|不需|不是说|不再|不收|没空|勿|莫(?!名)|甭|表再|拒|禁止|停|关[掉闭了比]"
    r"|关一下|取消|退订|免打扰|拉黑|封锁|屏蔽|移除|少来|没办法接|不可以|关$"
)
_NOT_A_REFUSAL = re.compile(
    r"\b(?:do ?n'?t|dont|did ?n'?t|do not|did not|have ?n'?t|never|not) (?:have|had|know|remember|understand|see|get|got|receive"
    r"|received|recogni[sz]e|think|mind|worry|seen|sure|want to miss|yet)\b|\b(?:no longer have|why (?:do|did)n'?t|no (?:problem|worries|idea|one (?:has )?(?:called|texted|contacted)))"
    r"|\b(?:can'?t|cannot|could ?n'?t) (?:open|access|find|afford|read|get|pay|log|reach|believe|see|make)\b|\b(?:do ?n'?t|dont|do not|never|ca ?n'?t|cannot) stop\b|没有?收到|收不到|没有?接到|不知道|不记得|不停|别停|不要停(?!止)|没有(?:短信|邮件|电话|邮箱)|没人"
    r"|不小心|为什么(?:不|没)|怎么(?:不|没)(?:给|打|发|联系)|没(?:给我|打|发)|不客气|不好意思|不错|不早"
)
_ABOUT_US = re.compile(
    r"\b(?:can|could|may|should|do|will|would|must|when|how) i (?!get|have|receive|turn|stop|un)(?:\w+ ){0,2}(?:call|ring|phone|text|write|contact|reach|e-?mail|message)\b"
    r"|\bi(?:'ll| will|'d| want to| wanna| called| am calling|'m calling| tried| try| need to| have to|'ve)? ?(?:call|called|calling|ring|rang|phone|phoned|text|texted|write|wrote|contact|contacted|e-?mailed?|messaged?)\b(?! me)"
    r"|(?:call|text|contact|reach|get|phone|e-?mail|ring|write to|message|find) (?:you|u|customer|your|someone|anyone|support|them)\b"
    r"|(?:打给|联系|找|致电|打电话给|拨打|发给)(?:你|您|贵|客服|人工)|我(?:给|向)(?:你|您)|几点|什么时候|怎么联系|如何联系|打不通|你们?(?:的)?(?:电话|邮箱|号码)(?:是|多少)|who (?:is )?call|谁(?:给我)?打"
)
_OTHER_BUSINESS = re.compile(
    r"auto ?-?(?:pay|debit|payment)|direct debit|standing order|recurring|subscription|\b(?:card|payments?|paying|charg\w+|interest|fees?|deduct\w*|debits?|plan|loan|account|order|transfer|collection of)\b"
    r"|自动(?:扣|还|代|续|转)|代扣|扣款|扣钱|扣费|计息|利息|罚息|收费|分期|贷款|借款|还款计划|征信|冻结|卡|支付|转账|滞纳|起诉|开户|账户"
)
_STRONG = re.compile(
    r"\b(?:call(?:s|ing)?|text(?:s|ing)?|messag\w*|msgs?|sms|e-?mails?|contact(?:ing)?|remind\w*|notif\w*|alerts?|spam\w*)\b"
    r"|短信|短讯|简讯|消息|讯息|电话|来电|邮件|联系|联络|提醒|推送|通知|打扰|骚扰|打(?:给)?我|发了"
)

_MEDIA: tuple[tuple[Medium, str], ...] = (
    (Medium.CALL, r"\b(?:phone ?)?call(?:s|ing|ed)?\b|\bring(?:s|ing)?\b|\btelephon\w*|(?<!blowing up my )\bphone\b(?! (?:number|no\b))|\bvoice ?mails?\b|\bdial\w*"
     r"|打(?!扰|搅|工|卡|折|算|开|字)|来电|致电|通话|(?<!联系)电话(?!号码)|接听|(?<!影)响"),
    (Medium.SMS, r"\bsms(?:es)?\b|\bte?xts?(?:ing|ed)?\b|\btexing\b|短信|短讯|简讯"),
    (Medium.EMAIL, r"\be-?mail(?:s|ing|ed)?\b|邮件|电邮|邮箱|\binbox\b|伊妹"),
    (Medium.LETTER, r"\bletters?\b|\bby (?:post|mail)\b|\bpost\b|\bin the mail\b|寄|信件|信函|写信|纸质信"),
    (Medium.VISIT, r"\bvisit\w*|\bcom(?:e|ing) (?:to|round|over|by)\b|\bmy door\b|knock\w*|show(?:ing)? up|上门|登门|来(?:我)?家(?!里?(?:的)?电话)|家访|找上"),
)  # fmt: skip
_CHAT = re.compile(
    r"\btelegram\b|\btg\b|\b(?:in|on|via|through|use) (?:this|the|web) ?chat\b|\bchat only\b|\bonly (?:the |this )?chat\b|\bjust here\b|\bonly here\b|\bhere only\b"
    r"|\b(?:write|message|text|reply|answer)(?:(?: to)? me)? here\b|电报|在这里|在这儿|聊天|这个对话|对话里|这里(?:留言|说|联系|发)"
)
_MESSAGES = re.compile(
    r"\bmessag\w*|\bmessgaes\b|\bmsgs?\b|\bmsging\b|\bmsg me\b|\bdms?\b|\bsend(?:ing)?\b|\bremind\w*|\bnotif\w*|\balerts?\b|\bpush\b|\bspam\w*|\bpings?\b|\bping me\b|\bwrit(?:e|ing)\b"
    r"|消息|讯息|(?<!个人)信息|发(?!现|生|票|工资|薪|红包)|(?<!上)传(?!真)|推送|推播|通知|提醒|提示|\bsend\b|广告|推销"
)
_ANY_CONTACT = re.compile(
    r"\bcontact(?:s|ed|ing)?\b|\bcommunicat\w*|\breach(?:ing)?\b|\bbother\w*|\bdisturb\w*|\bharass\w*|\bblowing up my phone\b|leave me (?:alone|be|in peace)|\bget in touch\b|\bdnd\b|my list\b|your list\b|\bstop (?:it all|everything|all of (?:it|this))\b|(?:remove|take) (?:me|my (?:phone )?number)"
    r"|联系|联络|打扰|打搅|烦我|骚扰|找我|(?<!处)理我|免打扰|勿扰|名单|纠缠"
)
_WRITING = re.compile(
    r"\bin writing\b|\bwritten (?:form|communication)\b|\bonly write\b|\bwrite to me only\b|书面(?:联系|联络|沟通|通知|形式)|(?:发|用|看)文字"
)

_PEOPLE = (
    r"(?:wife|husband|spouse|partner|girlfriend|boyfriend|mother|mom|mum|father|dad|parents?|famil(?:y|ies)|kids?|children|son|daughter"
    r"|brother|sister|relatives?|friends?|neighbou?rs?|references?|colleagues?|co-?workers?|room ?mates?|in-?laws|ex)\b"
)
_OTHERS = re.compile(
    rf"\bmy {_PEOPLE}|\banyone else\b|\bother people\b|third part(?:y|ies)|家人|家属|家里人|父母|爸|妈|老婆|老公|太太|妻子|丈夫|先生说|我先生|孩子|儿子|女儿|亲戚|亲友|朋友"
    r"|紧急联系人|联系人|同事|邻居|推荐人|屋企人|别人|第三(?:方|人)|其他人"
)
_ONLY_ME = re.compile(
    r"\bonly (?:talk|speak|deal) (?:to|with) me\b(?! on)|(?:只|仅)(?:能|可以?|准)?(?:联系|找|打给|跟|和)我?本人|只(?:跟|和|找)我(?:说|谈|联系)"
)
_BOSS = r"(?:boss|employer|company|manager|supervisor|workplace|my work|my job|老板|公司|单位|领导|主管|雇主|上司)"
_EMPLOYER_FORBIDS = re.compile(
    rf"\b{_BOSS}\b[^.]*?(?:n[o']t allow|n'?t let|forbid\w*|prohibit\w*|not permit\w*|n'?t permit|strict|fire me|no personal|bans?\b|against (?:the )?(?:rules|policy))"
    rf"|{_BOSS}(?:规定)?.{{0,4}}(?:不允许|不让|不准|禁止|不许|会骂|很严)|(?:fired|trouble|lose my job).*(?:call|contact)|(?:call|contact).*(?:get me fired|lose my job)"
)
_EMPLOYER_CONTACT = re.compile(
    r"(?:call\w*|contact\w*|tell\w*|phone|e-?mail\w*|talk\w* to|speak\w* to|ring\w*) my (?:boss|employer|manager|supervisor|hr)\b"
    r"|(?:联系|打给|找|告诉|打电话给|骚扰)我?的?(?:公司|单位)?(?:老板|领导|主管|雇主|上司)"
)
_SPEAKS = re.compile(
    r"call|contact|tell|talk|speak|ring|phone|text|messag|msg|disturb|bother|harass|involv|share|disclos|visit|write|e-?mail|打|联系|联络|告诉|说|讲|找|骚扰|通知|发|问|打扰|透露|泄露"
)
_WORK_PLACE = re.compile(
    r"\bat (?:my )?(?:work|workplace|the office|office|job)\b|\bwork (?:phone|number|line|e-?mail|place)\b|\bworkplace\b|\bmy (?:office|job)\b|\boffice\b(?! hours)|(?:公司|单位|办公室)(?:的)?(?:电话|座机)?|去公司|工作单位"
)
_HOME_PLACE = re.compile(
    r"\b(?:home|house) (?:phone|line|number|address|telephone)\b|\bland ?line\b|\bmy (?:house|home|flat|apartment)\b|\bat (?:my )?(?:home|house)\b|家里|家中|到家|住址|住处|我家|宅电|座机"
)
_ONLY = re.compile(
    r"\bonly\b|\bjust (?:use|by|via|e-?mail|text|sms|call|in|write|message)\b|\bprefer\w*\b|\binstead\b|\bsolely\b|\bexclusively\b|\bnothing but\b|\bsms me\b|\b(?:best|better) (?:to|by|via)\b|\bswitch (?:me )?to\b"
    r"|只|仅|就行|就好|就可以|即可|改用|\beverything (?:by|via|through)\b|\bevenings? (?:is|are) (?:best|better)\b|改成|改为|换成|请用|请透过|请通过|以后用|以后都用|统一用|更喜欢|最好(?:用|发|打)|有事(?:发|写|打|在)|方便些"
)


def refuses(clause: str) -> bool:
    """Whether a clause asks for something not to be done to its writer."""
    asked = re.sub("能不能|可不可以|可唔可以|行不行|要不要|方不方便", "", clause)
    return bool(_REFUSES.search(asked)) and not _NOT_A_REFUSAL.search(clause)


def is_about_contact(clause: str) -> bool:
    """Whether a clause is about our contacting the writer, and not about theirs or about money."""
    if _NOT_A_REFUSAL.search(clause) or _ABOUT_US.search(clause):
        return False
    return not _OTHER_BUSINESS.search(clause) or bool(_STRONG.search(clause))


def is_other_business(clause: str) -> bool:
    """Whether a clause is about paying, a card or the like: "stop my autopay"."""
    return bool(_OTHER_BUSINESS.search(clause)) and not _STRONG.search(clause)


def is_exclusive(clause: str) -> bool:
    """Whether what the clause names is to be the only way or time."""
    return bool(_ONLY.search(clause))


def names_contact(clause: str) -> bool:
    return bool(
        media_in(clause) or _MESSAGES.search(clause) or _ANY_CONTACT.search(clause)
        or _WRITING.search(clause)
    )  # fmt: skip


def media_in(clause: str) -> frozenset[Medium]:
    """The channels that are named outright."""
    found = {medium for medium, pattern in _MEDIA if re.search(pattern, clause)}
    if _CHAT.search(clause):
        found.add(Medium.CHAT)
    if found & {Medium.SMS, Medium.EMAIL} and not re.search(r"letter|post|信件|纸", clause):
        found.discard(Medium.LETTER)  # 寄 is also said of messages
    return frozenset(found)


def refused_media(clause: str) -> frozenset[Medium | None]:
    """What a refusing clause closes; None stands for every channel.

    People call our chat messages texts, so a text that is refused closes the chat too.
    """
    named = media_in(clause)
    if not named and re.search(r"\bopt(?: me)? ?-?out\b|\bunsub\w*|\bmute\b|退订", clause):
        return frozenset({Medium.CHAT})
    if Medium.SMS in named:
        return named | {Medium.CHAT}
    if named:
        return named
    if _ANY_CONTACT.search(clause):
        return frozenset({None})
    if _MESSAGES.search(clause):
        return frozenset({Medium.CHAT, Medium.SMS})
    return frozenset()


def wants_writing(clause: str) -> bool:
    """ "In writing only", 发文字: no voice, and nobody at the door."""
    return bool(_WRITING.search(clause))


def refused_people(clause: str) -> list[Wish]:
    """Wishes about others who must not be spoken to; the clause refuses."""
    found: list[Wish] = []
    if _OTHERS.search(clause) and _SPEAKS.search(clause):
        found.append(OnlyBorrower())
    if _EMPLOYER_CONTACT.search(clause):
        found.append(EmployerProhibits())
    return found


def only_me(clause: str) -> bool:
    return bool(_ONLY_ME.search(clause))


def employer_forbids(clause: str) -> bool:
    return bool(_EMPLOYER_FORBIDS.search(clause))


def names_others(clause: str) -> bool:
    return bool(_OTHERS.search(clause))


def refused_places(clause: str) -> list[InconvenientPlace]:
    found = []
    if _HOME_PLACE.search(clause):
        found.append(InconvenientPlace(place=Place.HOME))
    if _WORK_PLACE.search(clause):
        found.append(InconvenientPlace(place=Place.WORK))
    return found
