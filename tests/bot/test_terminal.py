"""The terminal as a channel: what it prints, and where it puts documents."""

from __future__ import annotations

from pathlib import Path

from bot.messages import Content, Document, Envelope
from bot.terminal import TerminalChannel
from lending.ids import ConversationId, MessageId

PLAN = Document(pdf=b"%PDF-1.4 a plan", filename="plan.pdf")


def envelope(**parts: object) -> Envelope:
    return Envelope(
        message_id=MessageId(1),
        conversation_id=ConversationId("c"),
        address="t",
        language="en",
        content=Content(text="Done.", **parts),  # type: ignore[arg-type]
    )


async def test_a_document_is_written_and_its_place_told(tmp_path: Path) -> None:
    shown: list[str] = []
    await TerminalChannel(shown.append, tmp_path / "documents").send(envelope(document=PLAN))
    path = tmp_path / "documents" / "plan.pdf"
    assert shown == ["Done.", f"[document] {path}"]
    assert path.read_bytes() == PLAN.pdf


async def test_a_document_that_cannot_be_written_is_named_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "documents").write_text("a file in the way")
    shown: list[str] = []
    await TerminalChannel(shown.append, tmp_path / "documents").send(envelope(document=PLAN))
    assert shown[0] == "Done."
    assert shown[1].startswith("[document] plan.pdf (not written: ")
