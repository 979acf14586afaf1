"""Words of Hong Kong and Taiwan, and rare characters, in the form most Chinese text has.

So examples count for all. The sentence encoder hardly knows written Cantonese ("我幾時要還錢呀" was far from
"我什么时候还钱"), and has one vector for all characters it does not know, 诈 and 掰 among them.
Only what is read is changed, never what is shown. In: simplified characters, lower case.
"""

from __future__ import annotations

import re

_PAIRS = """
唔好意思 不好意思|唔该晒 谢谢|唔该曬 谢谢|唔该 谢谢|唔好 不要|唔使 不用|唔系 不是|系咪 是不是|系唔系 是不是
得唔得 行不行|可唔可以 可不可以|有冇 有没有|唔识 不会|唔啱 不对|顶唔顺 受不了|唔 不|冇 没有
嘅 的|㗎喇 的|㗎 的|嘞 了|喇 了|咗 了|喺 在|嚟 来|佢哋 他们|哋 们|佢 他|啲 些|嗰 那
呢个 这个|呢度 这里|呢笔 这笔|呢张 这张|呢啲 这些|边个 谁|边度 哪里|边间 哪家|边日 哪天
点解 为什么|点样 怎么|点算 怎么办|几时 什么时候|几多 多少|几钱 多少钱|几耐 多久|咩 什么|乜嘢 什么|乜 什么
嘢 东西|搵 找|揾 找|俾 给|畀 给|仲未 还没|仲争 还欠|争你 欠你|仲 还
而家 现在|依家 现在|听日 明天|寻日 昨天|琴日 昨天|今日 今天|今个 这个|今期 这期
出粮 发工资|返工 上班|放工 下班|屋企 家里|过数 转账|入数 存钱|碌 刷|清数 还清|找数 付钱|收线 挂电话
倾 谈|睇 看|谂 想|攞 拿|少少 一点|过身 去世|瞓 睡|呃人 骗人|嬲 生气|咁 这么|嗌 叫|啩 吧|礼拜 星期
啱啱 刚刚|啱先 刚才|啱 对|𠮶 那|㖞 哦|啫 而已|揿 按|掣 按钮|拣 选|闩 关|拎 拿|佬 人|攰 累|癫 疯|黐线 疯|懵 傻|嘈 吵|呕 吐|靓 好看|叻 厉害|揸 开
倾偈 聊天|早唞 晚安|早抖 晚安|唞 休息|执笠 倒闭|炒鱿鱼 失业|炒鱿 失业|柜员机 取款机|冚唪唥 全部|晏啲 晚一点|扑街 混蛋|屌 他妈的|嚿 块|窿 洞|搞掂 搞定|掂 行
诈骗 欺骗|诈 骗|掰掰 再见|掰 再见|蛤 什么|欸 哎|哗 哇|喽 了|啰 了|蠢 笨|贱 坏|恁 你|侬 你|甭 不用|毋须 不用|毋 不|流氓 坏人|土匪 坏人|无耻 不要脸|羞耻 丢人|丢人现眼 丢人
车祸 事故|摊还 分期还|分摊 分|纾困 救济|钞票 钱|瘫痪 不能动|殡仪馆 丧事|出殡 丧事|威胁 恐吓|胁 逼|扛 撑|凑 找|驳回 拒绝|呜呜 哭|🙏 谢谢|👍 好的|👌 好的|👎 不好|❌ 不要
简讯 短信|讯息 消息|缴款 还款|缴钱 还钱|缴清 还清|超商 便利店|客诉 投诉|帐 账
"""
_USUAL = dict(pair.split() for line in _PAIRS.split("\n") for pair in line.split("|") if pair)
_REGIONAL = re.compile("|".join(sorted(_USUAL, key=lambda word: -len(word))))
_IS = re.compile(r"(?<![联关体派母])系(?![统列])")
_HOW = re.compile(
    r"(?<![几一二两三四五六七八九十\d有晚早差网半多快慢整地优缺重据])点"
    r"(?=还|计|搞|做|用|查|改|申|给|取|交|付|转|清|讲|看|收)"
)


def usual_words(text: str) -> str:
    """The text with words of Cantonese and of Taiwan in their usual written form."""
    usual = _REGIONAL.sub(lambda word: _USUAL[word.group()], text)
    if "系" in usual:
        usual = _IS.sub("是", usual)
    return _HOW.sub("怎么", usual) if "点" in usual else usual
