"""Read a CSV file of the lender's system, line by line: encoding, header, cells. In bounded memory."""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from console.import_columns import Cells, columns_of
from lending.errors import TideoverError
from lending.intake import Kind

_CHUNK = 1 << 20
_BOMS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
_ENOUGH_CHINESE = 0.9
LONGEST_LINE = 100_000


class BadFile(TideoverError):
    """A file that cannot be read as what it should be; nothing of it is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file that was looked through once. `lines` counts line ends, the header's among them."""

    path: Path
    encoding: str
    sha256: str
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`cells` by column; `problem` instead where the line has not the form of a line."""

    number: int
    cells: Cells
    problem: str = ""


def look_through(path: Path) -> SourceFile:
    """Find the encoding and the digest of a file. Raises BadFile."""
    try:
        with path.open("rb") as file:
            first = file.read(4)
    except OSError as error:
        raise BadFile(
            f"{path.name} cannot be read: {error.strerror}.", hint="Check the path."
        ) from None
    for bom, name in _BOMS.items():
        if first.startswith(bom):
            raise BadFile(f"{path.name} is in {name}.", hint="Save it as CSV in UTF-8.")
    digest, lines = _digest(path)
    if not lines and not first:
        raise BadFile(f"{path.name} is empty.", hint="A file starts with a line of column names.")
    return SourceFile(path=path, encoding=_encoding(path), sha256=digest, lines=lines)


def read_lines(source: SourceFile, kind: Kind) -> Iterator[Line]:
    """Each line below the header. Raises BadFile for a header that is not the documented one."""
    csv.field_size_limit(LONGEST_LINE)
    with source.path.open(encoding=source.encoding, newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            header = [name.strip() for name in next(reader, [])]
        except csv.Error:
            header = []
        check_header(kind, header)
        while True:
            number = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                problem = f"is no line of CSV ({error})."
                yield Line(number=number, cells=dict.fromkeys(header, ""), problem=problem)
                continue
            if not row:
                continue
            problem = ""
            if len(row) != len(header):
                problem = f"has {len(row)} cells, the header {len(header)}."
                row = [*row, *[""] * len(header)][: len(header)]
            cells = {name: cell.strip() for name, cell in zip(header, row, strict=True)}
            yield Line(number=number, cells=cells, problem=problem)


def check_header(kind: Kind, header: list[str]) -> None:
    """Raise BadFile that names every column that is missing, doubled or not known."""
    columns = columns_of(kind)
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise BadFile(
            "The columns are not separated by commas.", hint="Save the file with commas between."
        )
    wrong = [f"{name} is missing" for name in columns.needed if name not in header]
    wrong += [f"{name or '(no name)'} is not known" for name in header if name not in columns.all]
    wrong += [f"{name} is there twice" for name in sorted(set(header)) if header.count(name) > 1]
    if wrong:
        raise BadFile(
            f"The header of a {kind} file is wrong: {', '.join(wrong)}.",
            hint=f"Columns: {', '.join(columns.needed)}; optional: {', '.join(columns.optional)}.",
        )


def _digest(path: Path) -> tuple[str, int]:
    digest, lines = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            digest.update(block)
            lines += block.count(b"\n")
    return digest.hexdigest(), lines


def _encoding(path: Path) -> str:
    wrong_line = _first_wrong_line(path, "utf-8")
    if wrong_line is None:
        return "utf-8-sig"
    if _first_wrong_line(path, "gb18030") is None and _is_chinese(path):
        return "gb18030"
    raise BadFile(
        f"Line {wrong_line} of {path.name} is not in UTF-8, and the file is not in GB18030.",
        hint="Save the file as CSV in UTF-8 (in Excel: CSV UTF-8) and try again.",
    )


def _first_wrong_line(path: Path, encoding: str) -> int | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    with path.open("rb") as file:
        while True:
            block = file.read(_CHUNK)
            try:
                lines += decoder.decode(block, final=not block).count("\n")
            except UnicodeDecodeError as error:
                return lines + bytes(error.object[: error.start]).count(b"\n")
            if not block:
                return None


def _is_chinese(path: Path) -> bool:
    """Whether what is not ASCII is mostly in the old, common part of GB18030.

    Names in Latin-1 can pass for GB18030; they come out as characters that hardly anyone uses.
    """
    common = total = 0
    with path.open(encoding="gb18030", newline="") as file:
        while total < 20_000 and (text := file.read(_CHUNK)):
            for letter in text:
                if letter > "\x7f":
                    total += 1
                    common += _is_common(letter)
    return common >= _ENOUGH_CHINESE * total


def _is_common(letter: str) -> bool:
    try:
        letter.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
