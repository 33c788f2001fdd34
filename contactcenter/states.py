"""Every state and every allowed transition, in one file.

A transition table maps a verb to the states it may start from and the state it leads to.
Changes are made as `UPDATE … WHERE state IN (from)`; a row count other than 1 is a `Conflict`.
"""

from enum import StrEnum


class Channel(StrEnum):
    """How a contact came or went. `CALLBACK` is a wish to be rung; `NOTE` is written by staff."""

    PHONE = "phone"
    CALLBACK = "callback"
    EMAIL = "email"
    POST = "post"
    WEB = "web"
    NOTE = "note"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    INTERNAL = "internal"


class CaseState(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"
    WORKING = "working"
    PARKED = "parked"
    HANDED_OFF = "handed_off"
    CLOSED = "closed"
    MERGED = "merged"


OPEN_STATES = frozenset({CaseState.WAITING, CaseState.OFFERED, CaseState.WORKING, CaseState.PARKED})
"""States in which a human still has to do something."""


class ContactState(StrEnum):
    """Calls: waiting, ringing, talking, then ended or missed. Written: received. Outgoing: queued, sent or failed."""

    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"
    ENDED = "ended"
    MISSED = "missed"
    RECEIVED = "received"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class CallPhase(StrEnum):
    """What goes on in a call that was answered. Consulting: the citizen is held while a third one is spoken with."""

    TALKING = ""
    HELD = "held"
    PARKED = "parked"
    CONSULTING = "consulting"
    CONFERENCE = "conference"
    OUTSIDE = "outside"


class AgentState(StrEnum):
    """Presence. `BUSY` means on a call; written work leaves an agent `AVAILABLE` until capacity is full."""

    SIGNED_OUT = "signed_out"
    AVAILABLE = "available"
    BUSY = "busy"
    WRAPPING_UP = "wrapping_up"
    AWAY = "away"


class OfferState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class DeliveryState(StrEnum):
    """The attempt to send a case to a case-management system."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class RemoteStatus(StrEnum):
    """What the case-management system says became of a handed-off case."""

    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    RETURNED = "returned"


class MailState(StrEnum):
    """Outgoing mail. Undone: taken back before it was sent."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNDONE = "undone"


class InboxState(StrEnum):
    """A raw original that was accepted at the door: still to be read, done, or held in quarantine."""

    NEW = "new"
    DONE = "done"
    HELD = "held"


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class OrganisationKind(StrEnum):
    MUNICIPALITY = "municipality"
    DEPARTMENT = "department"
    UNIT = "unit"


class CallbackFirst(StrEnum):
    """Who is rung first when a promised call's turn comes."""

    AGENT = "agent"
    CITIZEN = "citizen"


class AddressKind(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    POST = "post"


class Outcome(StrEnum):
    """How a case was closed (Kommunernas Kvalitet i Korthet asks for the share answered directly)."""

    ANSWERED = "answered"
    INFORMED = "informed"
    CONNECTED = "connected"
    HANDED_OFF = "handed_off"
    SELF_SERVICE = "self_service"
    NO_ANSWER_NEEDED = "no_answer_needed"
    UNREACHABLE = "unreachable"


class EventKind(StrEnum):
    """One line of the journal. The word says what happened, in the past tense."""

    CASE_OPENED = "case_opened"
    CONTACT_RECEIVED = "contact_received"
    CASE_OFFERED = "case_offered"
    OFFER_DECLINED = "offer_declined"
    OFFER_LAPSED = "offer_lapsed"
    OFFER_WITHDRAWN = "offer_withdrawn"
    CASE_ACCEPTED = "case_accepted"
    CASE_RELEASED = "case_released"
    CASE_PARKED = "case_parked"
    CASE_RESUMED = "case_resumed"
    CASE_TRANSFERRED = "case_transferred"
    CASE_MERGED = "case_merged"
    CASE_CLOSED = "case_closed"
    CASE_REOPENED = "case_reopened"
    CASE_HANDED_OFF = "case_handed_off"
    CASE_CHANGED = "case_changed"
    NOTE_ADDED = "note_added"
    REPLY_QUEUED = "reply_queued"
    REPLY_UNDONE = "reply_undone"
    MAIL_SENT = "mail_sent"
    MAIL_FAILED = "mail_failed"
    MAIL_BOUNCED = "mail_bounced"
    MAIL_HELD = "mail_held"
    MAIL_RELEASED = "mail_released"
    MAIL_SPAM = "mail_spam"
    FILE_LOCKED = "file_locked"
    FILE_UNLOCKED = "file_unlocked"
    LETTER_QUEUED = "letter_queued"
    LETTER_HANDED_OVER = "letter_handed_over"
    LETTER_DELIVERED = "letter_delivered"
    LETTER_FAILED = "letter_failed"
    LETTER_CANCELLED = "letter_cancelled"
    CALL_WAITING = "call_waiting"
    CALL_RINGING = "call_ringing"
    CALL_ANSWERED = "call_answered"
    CALL_ENDED = "call_ended"
    CALL_MISSED = "call_missed"
    CALL_FOUND = "call_found"
    CALL_PHASE = "call_phase"
    CALL_JOINED = "call_joined"
    CALL_OVERFLOWED = "call_overflowed"
    OVERFLOW_RETURNED = "overflow_returned"
    VOICEMAIL_LEFT = "voicemail_left"
    CALL_LISTENED = "call_listened"
    CALL_OVERHEARD = "call_overheard"
    CALL_RECORDED = "call_recorded"
    RECORDING_PLAYED = "recording_played"
    RECORDING_ERASED = "recording_erased"
    WRAP_UP_PROLONGED = "wrap_up_prolonged"
    CALLBACK_STARTED = "callback_started"
    CALLBACK_PROMISED = "callback_promised"
    CALLBACK_SETTLED = "callback_settled"
    DELIVERY_SUCCEEDED = "delivery_succeeded"
    DELIVERY_FAILED = "delivery_failed"
    DELIVERY_GIVEN_UP = "delivery_given_up"
    DELIVERY_RESENT = "delivery_resent"
    REMOTE_STATUS = "remote_status"
    CASE_RETURNED = "case_returned"
    CITIZEN_LINKED = "citizen_linked"
    CASE_VIEWED = "case_viewed"
    CITIZEN_VIEWED = "citizen_viewed"
    AGENT_CHANGED = "agent_changed"
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    CONFIGURATION_CHANGED = "configuration_changed"
    ANNOUNCEMENT_CHANGED = "announcement_changed"
    ANNOUNCEMENT_HEARD = "announcement_heard"
    SURGE_SEEN = "surge_seen"
    SURGE_SETTLED = "surge_settled"
    DIRECTORY_CHANGED = "directory_changed"
    ABSENCE_SET = "absence_set"
    ABSENCE_CLEARED = "absence_cleared"
    REFERRAL_HEARD = "referral_heard"
    COLLEAGUE_MAILED = "colleague_mailed"
    ADAPTER_CHANGED = "adapter_changed"


Transition = tuple[frozenset[CaseState], CaseState]


def _from(*states: CaseState, to: CaseState) -> Transition:
    return frozenset(states), to


S = CaseState
CASE_TRANSITIONS: dict[str, Transition] = {
    "offer": _from(S.WAITING, to=S.OFFERED),
    "accept": _from(S.OFFERED, to=S.WORKING),
    "unoffer": _from(S.OFFERED, to=S.WAITING),
    "take": _from(S.WAITING, to=S.WORKING),
    "release": _from(S.WORKING, to=S.WAITING),
    "park": _from(S.WORKING, to=S.PARKED),
    "wake": _from(S.PARKED, to=S.WAITING),
    "resume": _from(S.PARKED, to=S.WORKING),
    "transfer": _from(S.WORKING, S.WAITING, S.PARKED, to=S.WAITING),
    "hand_off": _from(S.WORKING, to=S.HANDED_OFF),
    "resend": _from(S.WAITING, S.WORKING, S.PARKED, to=S.HANDED_OFF),
    "return": _from(S.HANDED_OFF, S.CLOSED, to=S.WAITING),
    "finish": _from(S.HANDED_OFF, to=S.CLOSED),
    "close": _from(S.WORKING, to=S.CLOSED),
    "settle": _from(S.WAITING, S.OFFERED, to=S.CLOSED),
    "reopen": _from(S.CLOSED, S.HANDED_OFF, to=S.WAITING),
    "merge": _from(S.WORKING, S.WAITING, S.PARKED, to=S.MERGED),
}
"""verb -> (from-states, to-state). `settle` is the system closing a missed call whose citizen rang again."""
