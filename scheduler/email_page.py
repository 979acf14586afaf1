"""The HTML of a reminder by e-mail: no pictures, nothing loaded from elsewhere, readable without it."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment

_PAGE = """\
<!doctype html>
<html lang="{{ language }}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{{ subject }}</title></head>
<body style="margin:0;background:#f4f6f5;color:#1c2a28;font:16px/1.55 -apple-system,'Segoe UI',Roboto,'Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif">
<div style="max-width:560px;margin:0 auto;padding:24px 16px">
<p style="margin:0 0 16px;font-weight:600;color:#0b5d56">{{ lender }}</p>
<div style="background:#fff;border-radius:12px;padding:24px">
<p style="margin:0 0 16px">{{ body }}</p>
{% if pay_url %}<p style="margin:0 0 8px"><a href="{{ pay_url }}" style="display:inline-block;background:#0b5d56;color:#fff;text-decoration:none;border-radius:8px;padding:12px 20px">{{ pay_label }}</a></p>{% endif %}
</div>
{% for line in small %}<p style="margin:16px 4px 0;font-size:14px;color:#43524f">{{ line }}</p>
{% endfor %}<p style="margin:16px 4px 0;font-size:14px;color:#43524f"><a href="{{ stop_url }}" style="color:#43524f">{{ stop }}</a></p>
</div></body></html>
"""

_TEMPLATE = Environment(autoescape=True).from_string(_PAGE)


def email_page(
    *,
    subject: str,
    lender: str,
    language: str,
    body: str,
    pay_label: str,
    pay_url: str | None,
    small: Sequence[str],
    stop: str,
    stop_url: str,
) -> str:
    """The whole page. Every value is escaped."""
    return _TEMPLATE.render(
        subject=subject,
        lender=lender,
        language=language,
        body=body,
        pay_label=pay_label,
        pay_url=pay_url,
        small=small,
        stop=stop,
        stop_url=stop_url,
    )
