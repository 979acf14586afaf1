"""US federal rules (rules.md §4): how often a telephone may ring, and consent to machines."""

from __future__ import annotations

from datetime import timedelta

from tests.compliance.literal_case import (
    CLEAR,
    Case,
    Rule,
    attempt_debts,
    bound,
    hard,
    particular_debts,
    soft,
    valid_reply,
)
from tests.compliance.literal_clock import (
    attempt_uncounted,
    calls_with,
    channel_stopped,
    conversations,
    counted_events,
    may_use_channel,
    roll7,
    wanted_call,
    within_conv,
)

COUNTED_CALLS = (
    "conversation", "dropped", "voicemail_left", "voicemail_not_left", "rang_no_voicemail",
)  # fmt: skip


def frequency_applies(case: Case) -> bool:
    return (
        bound(case)
        and case.attempt["channel"] == "call"
        and case.given["phase"] in ("post_due", "default")
        and not attempt_uncounted(case)
    )


def seven_calls(case: Case) -> str:
    """1006.14(b)(2)(i)(A): seven counted calls to this person about this debt in ROLL7."""
    if not frequency_applies(case):
        return CLEAR
    calls = [
        call
        for call in calls_with(roll7(case), *COUNTED_CALLS)
        if call["actor"] == "self" and call["person"] == case.attempt["recipient"]
    ]
    for debt in attempt_debts(case):
        counted = [
            call
            for call in calls
            if debt in particular_debts(case, call["debt_ids"])
            and not wanted_call(case, debt, call["when"], call["day"])
        ]
        if len(counted) >= 7 and not wanted_call(case, debt, case.at, case.today):
            return soft(True)
    return CLEAR


def after_conversation(case: Case) -> str:
    """1006.14(b)(2)(i)(B): within CONV7 of a conversation with this person about this debt."""
    return soft(
        frequency_applies(case)
        and any(
            within_conv(case, call)
            and call["person"] == case.attempt["recipient"]
            and call["actor"] == "self"
            and debt in particular_debts(case, call["debt_ids"])
            and not wanted_call(case, debt, case.at, case.today)
            for call in conversations(case)
            for debt in attempt_debts(case)
        )
    )


def rapid(case: Case) -> str:
    """Comment 14(b)(2)(i)-2.i as house guard for machines: two hours apart, two a day."""
    if not bound(case) or case.attempt["channel"] != "call" or attempt_uncounted(case):
        return CLEAR
    calls = [
        event
        for event in counted_events(case, case.today - timedelta(days=1))
        if event["channel"] == "call" and event["actor"] == "self"
    ]
    close = any(case.at - call["when"] < timedelta(hours=2) for call in calls)
    today = [call for call in calls if call["day"] == case.today]
    return hard(case.attempt["automated"] and (close or len(today) >= 2))


def by_machine(case: Case) -> bool:
    """A text, or an automated or prerecorded call."""
    attempt = case.attempt
    return bool(attempt["channel"] == "sms") or (
        attempt["channel"] == "call" and (attempt["automated"] or attempt["voice"] == "prerecorded")
    )


def tcpa_consent(case: Case) -> str:
    """47 USC 227(b)(1)(A)(iii): texts and machine calls to a mobile need prior consent."""
    to_fixed_line = case.attempt["channel"] == "call" and case.attempt["address_kind"] in (
        "home_landline",
        "work_phone",
    )
    confirming = valid_reply(case) and case.attempt["purpose"] == "opt_out_confirmation"
    return hard(
        by_machine(case) and not to_fixed_line and not may_use_channel(case) and not confirming
    )


def tcpa_revoke(case: Case) -> str:
    """47 CFR 64.1200(a)(10): consent to texts or machine calls was revoked."""
    taken_back = any(
        consent["type"] == "channel"
        and consent["channel"] == case.attempt["channel"]
        and consent["revoked_at"] is not None
        for consent in case.state["consents"]
    )
    revoked = channel_stopped(case) or (taken_back and not may_use_channel(case))
    return hard(by_machine(case) and revoked and not valid_reply(case))


CALLS: dict[str, Rule] = {
    "US-1006.14-b-2-i-A": seven_calls,
    "US-1006.14-b-2-i-B": after_conversation,
    "US-1006.14-RAPID": rapid,
    "US-TCPA-CONSENT": tcpa_consent,
    "US-TCPA-REVOKE": tcpa_revoke,
}
