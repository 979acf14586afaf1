"""A plan's certificate as a document to send: the same file whoever sends it."""

from __future__ import annotations

from collections.abc import Callable

from bot.languages import SIMPLIFIED, TRADITIONAL
from bot.messages import Document
from lending.plan_records import Certificate

Paper = Callable[[Certificate, str], bytes]
"""The PDF of a certificate, in English and one of zh-Hans and zh-Hant."""


def plan_document(
    certificate: Certificate, reference: str, language: str, paper: Paper
) -> Document:
    """The certificate for who reads `language`; `reference` is that of the plan's account."""
    chinese = TRADITIONAL if language == TRADITIONAL else SIMPLIFIED
    name = f"plan-{reference}-v{certificate.version}.pdf"
    return Document(pdf=paper(certificate, chinese), filename=name)
