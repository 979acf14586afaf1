"""Make bot/fonts/ again: the glyphs that pictures and certificates use, cut from Noto Sans CJK
(SIL OFL 1.1). Certificates also name lenders, so theirs have the common characters.

Run with a folder that holds NotoSansCJK-Regular.ttc (Debian: fonts-noto-cjk):
    python tools/subset_font.py /usr/share/fonts/opentype/noto
"""

import sys
from dataclasses import astuple
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fontTools import subset

from bot.certificate_pdf import LABELS as LABELS_OF_CERTIFICATE
from bot.pictures import FONTS, LABELS
from lending.plan_words import _SENTENCES, RELIEF_NAMES

PLAIN = "".join(chr(code) for code in range(32, 127)) + "£¥€₹₩฿·–—−…  ’"
CHINESE = "年月日周週星期一二三四五六（）()，。：；、元"


def common(codec: str, first: int, last: int) -> str:
    """The common characters of a two-byte character set: its first plane of hanzi."""
    found = []
    for high in range(first, last + 1):
        for low in range(0x40, 0xFF):
            try:
                found.append(bytes((high, low)).decode(codec))
            except UnicodeDecodeError:
                continue
    return "".join(found)


def main(folder: str) -> None:
    pictures = PLAIN + CHINESE + "".join("".join(astuple(labels)) for labels in LABELS.values())
    latin = "".join(chr(code) for code in range(0xA0, 0x180))
    certificates = pictures + latin + "□" + words()
    cut(folder, "picture", {"sc": pictures, "tc": pictures})
    simplified = common("gb2312", 0xB0, 0xD7)
    traditional = common("big5", 0xA4, 0xC6)
    cut(folder, "certificate", {"sc": certificates + simplified, "tc": certificates + traditional})


def words() -> str:
    """Every text of a certificate."""
    told = [*map(str, LABELS_OF_CERTIFICATE.values()), *map(str, _SENTENCES.values())]
    return "".join([*told, *(str(names) for names in RELIEF_NAMES.values())])


def cut(folder: str, name: str, wanted: dict[str, str]) -> None:
    for variant, number in (("sc", 2), ("tc", 3)):
        options = subset.Options(font_number=number, layout_features=[], name_IDs=[0, 1, 2, 13, 14])
        font = subset.load_font(str(Path(folder) / "NotoSansCJK-Regular.ttc"), options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=wanted[variant])
        subsetter.subset(font)
        subset.save_font(font, str(FONTS / f"{name}-{variant}.otf"), options)


if __name__ == "__main__":
    main(sys.argv[1])
