"""The words of a contact: channels, purposes, roles, outcomes. The values are those of the cases."""

from enum import StrEnum


class Word(StrEnum):
    """A word of the schema. Hashed as the text that it is: sets and keys of words are everywhere."""

    __hash__ = str.__hash__


class Channel(Word):
    CALL = "call"
    SMS = "sms"
    CHAT = "chat"
    EMAIL = "email"
    VISIT = "visit"
    LETTER = "letter"


class Phase(Word):
    """How late the debt is: not due yet, late at the lender, seriously late or placed."""

    PRE_DUE = "pre_due"
    POST_DUE = "post_due"
    DEFAULT = "default"


class ActorRole(Word):
    """Who sends: the lender in its own name, or a collector for it."""

    CREDITOR = "creditor"
    THIRD_PARTY_COLLECTOR = "third_party_collector"


class Recipient(Word):
    BORROWER = "borrower"
    SPOUSE = "spouse"
    ADULT_RELATIVE = "adult_relative"
    EMERGENCY_CONTACT = "emergency_contact"
    EMPLOYER = "employer"
    EXECUTOR = "executor"
    DEBT_ADVISER = "debt_adviser"


class Purpose(Word):
    REMINDER = "reminder"
    DEMAND = "demand"
    REPLY = "reply"
    OPT_OUT_CONFIRMATION = "opt_out_confirmation"
    TERMINATION_NOTICE = "termination_notice"
    REMEDY_NOTICE = "remedy_notice"
    STATUTORY_NOTICE = "statutory_notice"
    DISPUTE_RESPONSE = "dispute_response"
    CONSENT_REQUEST = "consent_request"


class AddressKind(Word):
    PERSONAL = "personal"
    HOME_LANDLINE = "home_landline"
    WORK_PHONE = "work_phone"
    EMPLOYER_EMAIL = "employer_email"
    GROUP_OR_PUBLIC = "group_or_public"


class InitiatedBy(Word):
    LENDER = "lender"
    REPLY_TO_BORROWER = "reply_to_borrower"


class Voice(Word):
    LIVE = "live"
    PRERECORDED = "prerecorded"


class Direction(Word):
    OUTBOUND = "outbound"
    INBOUND = "inbound"


class Actor(Word):
    """Who made a contact: the one who asks now, or an agency for the same lender."""

    SELF = "self"
    AGENCY = "agency"


class Person(Word):
    BORROWER = "borrower"
    SPOUSE = "spouse"


class ContactOutcome(Word):
    """What became of a contact; the first seven are of calls."""

    CONVERSATION = "conversation"
    VOICEMAIL_LEFT = "voicemail_left"
    VOICEMAIL_NOT_LEFT = "voicemail_not_left"
    RANG_NO_VOICEMAIL = "rang_no_voicemail"
    DROPPED = "dropped"
    BUSY = "busy"
    NOT_IN_SERVICE = "not_in_service"
    SENT = "sent"
    RECEIVED = "received"


class Intent(Word):
    QUESTION = "question"
    STOP_CHANNEL = "stop_channel"
    CEASE_ALL = "cease_all"
    REFUSES_TO_PAY = "refuses_to_pay"


class DebtKind(Word):
    CONSUMER_LOAN = "consumer_loan"
    CREDIT_CARD = "credit_card"
    MEDICAL = "medical"
    STUDENT_LOAN = "student_loan"


class ConsentType(Word):
    """May be messaged there; may be called more often; may be contacted in a window of hours."""

    CHANNEL = "channel"
    EXTRA_CALLS = "extra_calls"
    CONTACT_TIME = "contact_time"


class Effect(Word):
    """ALLOW, DELAY and BLOCK of one attempt."""

    ALLOW = "allow"
    DELAY = "delay"
    BLOCK = "block"


ELECTRONIC = frozenset({Channel.SMS, Channel.CHAT, Channel.EMAIL})
WRITTEN = ELECTRONIC | {Channel.LETTER}
