"""Make bot/fonts/ again: the glyphs that pictures use, cut from Noto Sans CJK (SIL OFL 1.1).

Run with a folder that holds NotoSansCJK-Regular.ttc (Debian: fonts-noto-cjk):
    python tools/subset_font.py /usr/share/fonts/opentype/noto
"""

import sys
from dataclasses import astuple
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fontTools import subset

from bot.pictures import FONTS, LABELS

PLAIN = "".join(chr(code) for code in range(32, 127)) + "£¥€₹₩฿·–—−…  ’"
CHINESE = "年月日周週星期一二三四五六（）()，。：；、元"


def main(folder: str) -> None:
    wanted = PLAIN + CHINESE + "".join("".join(astuple(labels)) for labels in LABELS.values())
    for variant, number in (("sc", 2), ("tc", 3)):
        options = subset.Options(font_number=number, layout_features=[], name_IDs=[0, 1, 2, 13, 14])
        font = subset.load_font(str(Path(folder) / "NotoSansCJK-Regular.ttc"), options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=wanted)
        subsetter.subset(font)
        subset.save_font(font, str(FONTS / f"picture-{variant}.otf"), options)


if __name__ == "__main__":
    main(sys.argv[1])
