import pytest
from tests.journeys.stage import text_of
from tests.journeys.test_as_written import ODD, PAID_AND_STOP, TWO_QUESTIONS, DESPAIR_TOO
MORE={"NB-ANN":("en",["I paid yesterday, why do you still write? stop it","i lost my job. how much do i owe? and talk to a person please","i will pay 200 next friday","can you move it to 31 november?","this isn't my debt and stop calling me at work","thanks. when is it due? also what's the late fee","oh great, another fee, love it","I can't pay on the 20th, can I pay on the 27th?","i'll pay 50 on friday and 60 on 10 dec","i paid $50 on monday", "can i pay half on friday. also my number changed","how do i pay and how much is left","i'm with a debt adviser, please stop writing to me","pay 100 euro tomorrow","what would it cost to clear on 03/04/2027","25","500"]),
"NB-WEI":("zh-Hans",["我昨天已经还了，怎么还给我发？别再给我发消息了","我失业了，这个月还多少？","下周五还两千","能改到2月30号吗","我还不起，找个人跟我说","月底还500或者800","谢谢，几号还款？逾期费多少","我28号不行，30号可以吗","不是500是600"]+ODD)}
@pytest.mark.parametrize("who",list(MORE))
async def test_play(open_stage,who):
    lang,texts=MORE[who]
    stage=open_stage()
    await stage.verify(who,language=lang)
    for t in texts:
        out=await stage.says(t)
        print("\n>>",t, "| opted" if stage.is_opted_out() else "", list(stage.escalations()))
        for c in out: print("   T:",c.text.replace("\n"," / ")," ",[b.label for b in c.buttons])
        await stage.says("never mind" if lang=="en" else "取消")
        if stage.is_opted_out(): await stage.says("contact me any time again" if lang=="en" else "可以联系我了")
