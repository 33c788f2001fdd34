"""What a read letter becomes: an inbound contact, received and marked done in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from channels.post import fields
from channels.post.batches import Part
from channels.post.fields import Found
from channels.post.folder import Arrival
from contactcenter import intake
from contactcenter.model import AddressPoint, Inbox, Organisation, Topic
from contactcenter.ports import InboundContact, Received, StoredFile
from contactcenter.states import Channel, InboxState

KIND = "scan"
PROBLEMS = {
    "empty_file": "Filen är tom (0 byte). Skanna om brevet.",
    "unknown_type": "Filen är varken PDF, TIFF, JPEG eller PNG och har inte öppnats.",
    "file_too_large": "Filen är större än vad som är tillåtet och har inte öppnats.",
    "encrypted": "PDF-filen är skyddad med lösenord och kan inte läsas.",
    "broken_file": "Filen är skadad och kan inte öppnas.",
    "broken_page": "En sida i filen är skadad.",
    "too_many_pages": "Filen har fler sidor än vad som är tillåtet och har inte lästs.",
    "image_too_large": "Bilden är större än vad som är tillåtet och har inte lästs.",
    "too_much_memory": "Filen kräver mer minne än vad som är tillåtet.",
    "open_timeout": "Filen tog för lång tid att öppna.",
    "open_crashed": "Filen kunde inte öppnas: läsprogrammet avbröts.",
    "page_timeout": "En sida tog för lång tid att läsa.",
    "page_crashed": "En sida kunde inte läsas: läsprogrammet avbröts.",
    "bind_timeout": "Brevet tog för lång tid att sammanställa. Originalet finns kvar.",
    "bind_crashed": "Brevet kunde inte sammanställas. Originalet finns kvar.",
    "tesseract_failed": "Textigenkänningen misslyckades.",
    "gave_up": "Filen har inte kunnat läsas trots flera försök och läses inte igen.",
    "internal_error": "Filen kunde inte läsas på grund av ett fel i programmet.",
    "no_letter": "Filen innehåller bara skiljeblad.",
    "duplicate_file": "Samma fil har redan kommit in.",
    "blank": "Sidorna verkar vara tomma.",
    "page_unread": "En eller flera sidor kunde inte läsas. Kontrollera att inget annat brev har följt med.",
    "page_count": "Antalet sidor stämmer inte med skiljebladet. Kontrollera om sidor saknas eller är för många.",
    "mixed_letters": "I samma försändelse låg svar i flera ärenden. Den här delen saknar vår kod: vems är den?",
    "separator_damaged": "Skiljebladets kod är skadad eller inte vår. Brevet måste fördelas för hand.",
    "separator_unreadable": "Skiljebladets kod gick inte att läsa. Brevet måste fördelas för hand.",
    "separator_ambiguous": "Skiljebladet har koder som säger olika. Brevet måste fördelas för hand.",
    "separator_unknown": "Skiljebladet anger en enhet eller ett ämne som inte finns. Brevet måste fördelas för hand.",
}
"""Code -> what the agent reads. The console may translate by code."""
SUBJECT_OF_PROBLEM = "Skannad post som inte kunde läsas"


@dataclass(frozen=True, slots=True)
class Taken:
    """A row of the inbox: one taken file."""

    id: int
    name: str
    box: str
    sha256: str
    size: int
    received_at: datetime
    attempts: int
    copy_of: int = 0
    """Row of the file with the same content that came before to the same post box."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as read: its part of the file, what `binding.bind` made of it, and its files."""

    part: Part
    bound: Mapping[str, Any]
    files: tuple[StoredFile, ...]
    pages_in_file: int
    facts: dict[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def accept(session: Session, arrival: Arrival, sha256: str, now: datetime) -> int:
    """Write down that the file was taken; return the row's id. The same file again (killed before it was moved
    away) gives the same row."""
    rows = session.exec(select(Inbox).where(Inbox.sha256 == sha256, Inbox.kind == KIND)).all()
    for row in rows:
        if row.envelope.get("identity") == arrival.identity:
            return row.id
    envelope: dict[str, object] = {
        "name": arrival.path.name,
        "box": arrival.box,
        "size": arrival.size,
        "identity": arrival.identity,
    }
    return intake.accept_raw(session, b"", envelope, sha256, now, kind=KIND)


def waiting(session: Session, most: int) -> list[Taken]:
    """Taken files that are still to be read, in the order they came."""
    unread = select(Inbox).where(Inbox.state == InboxState.NEW, Inbox.kind == KIND).order_by(col(Inbox.id)).limit(most)
    return [_taken(session, row) for row in session.exec(unread).all()]


def count_waiting(session: Session) -> int:
    counted = select(func.count()).select_from(Inbox).where(Inbox.state == InboxState.NEW, Inbox.kind == KIND)
    return session.exec(counted).one()


def is_done(session: Session, row_id: int) -> bool:
    """Whether the row needs no more work (or is gone)."""
    row = session.get(Inbox, row_id)
    return row is None or row.state is InboxState.DONE


def begin(session: Session, row_id: int) -> int:
    """Count an attempt before it is made; return how many that makes."""
    row = session.get_one(Inbox, row_id)
    row.attempts += 1
    return row.attempts


def give_back(session: Session, row_id: int) -> None:
    """Uncount an attempt that was stopped in good order."""
    row = session.get_one(Inbox, row_id)
    row.attempts = max(0, row.attempts - 1)


def finish(session: Session, row_id: int) -> None:
    session.get_one(Inbox, row_id).state = InboxState.DONE


def deliver(session: Session, inbound: InboundContact, row_id: int, last: bool, now: datetime) -> Received | None:
    """File the letter; with the `last` of a file its row is done, in the same transaction.

    None when the row was done already. What the separator names but nobody knows makes it one for a human.
    """
    row = session.get_one(Inbox, row_id)
    if row.state is InboxState.DONE:
        return None
    received = intake.receive(session, _placed(session, inbound), now)
    numbers = row.envelope.get("cases", [])
    if received.case_number not in numbers:
        row.envelope = row.envelope | {"cases": [*numbers, received.case_number]}
    if last:
        row.state = InboxState.DONE
        row.problem = inbound.problem
    return received


def cases_of(session: Session, row_id: int) -> list[str]:
    """Numbers of the cases that a file became."""
    row = session.get(Inbox, row_id)
    return list(row.envelope.get("cases", [])) if row else []


def ours(session: Session) -> frozenset[str]:
    """Our own numbers and addresses: standing in a letter they say nothing of who wrote it."""
    return frozenset(session.exec(select(AddressPoint.address)).all())


def contact(taken: Taken, letter: Letter, sure: float, own: frozenset[str]) -> InboundContact:
    """The inbound contact of one letter."""
    found = [_field(fact) for fact in letter.bound.get("fields", ())]
    name = fields.first(found, "name")
    problems = tuple(dict.fromkeys((*letter.problems, *letter.part.problems)))
    separator = letter.part.separator
    return InboundContact(
        channel=Channel.POST,
        key=f"{taken.sha256}:{taken.box}:{letter.part.first}",
        arrived_at=taken.received_at,
        address_point=taken.box,
        sender_name=name,
        subject=letter.bound.get("subject") or _subject(problems, bool(letter.bound), name),
        text=letter.bound.get("text") or "\n".join(reasons(problems)),
        certain_cases=(letter.part.case,) if letter.part.case else (),
        suggested_numbers=(*letter.part.suggested, *(one.value for one in found if one.kind == "case_number")),
        marks=fields.marks(found, sure, own),
        topic_key=separator.topic if separator else "",
        organisation_key=separator.unit if separator else "",
        facts=_facts(taken, letter, problems),
        files=letter.files,
        problem=problems[0] if problems else "",
    )


def unread(taken: Taken, code: str, original: StoredFile) -> InboundContact:
    """The contact of a file that could not be read at all."""
    letter = Letter(Part(0), {}, (original,), 0, problems=(code,))
    return contact(taken, letter, 1.0, frozenset())


def repeated(taken: Taken, numbers: Sequence[str], original: StoredFile) -> InboundContact:
    """The contact that says a file came again. It suggests the first one's case."""
    plain = unread(taken, "duplicate_file", original)
    told = f"{PROBLEMS['duplicate_file']} {', '.join(numbers)}".strip()
    return replace(
        plain,
        key=f"{taken.sha256}:{taken.box}:copy:{taken.id}",
        subject="Skannad post som redan har kommit in",
        text=told,
        suggested_numbers=tuple(numbers),
    )


def reasons(codes: Sequence[str]) -> list[str]:
    return [PROBLEMS.get(code, code) for code in dict.fromkeys(codes)]


def _taken(session: Session, row: Inbox) -> Taken:
    box = str(row.envelope.get("box", ""))
    same = select(Inbox).where(Inbox.sha256 == row.sha256, Inbox.kind == KIND, col(Inbox.id) < row.id)
    before = [
        other.id for other in session.exec(same.order_by(col(Inbox.id))).all() if other.envelope.get("box") == box
    ]
    return Taken(
        id=row.id,
        name=str(row.envelope.get("name", "")),
        box=box,
        sha256=row.sha256,
        size=int(row.envelope.get("size", 0)),
        received_at=row.received_at,
        attempts=row.attempts,
        copy_of=before[0] if before else 0,
    )


def _placed(session: Session, inbound: InboundContact) -> InboundContact:
    known_unit = not inbound.organisation_key or _is_known(session, Organisation.key, inbound.organisation_key)
    known_topic = not inbound.topic_key or _is_known(session, Topic.key, inbound.topic_key)
    if known_unit and known_topic:
        return inbound
    codes = [*inbound.facts.get("problems", []), "separator_unknown"]
    facts = inbound.facts | {"problems": codes, "problem_text": " ".join(reasons(codes))}
    return replace(
        inbound,
        organisation_key=inbound.organisation_key if known_unit else "",
        topic_key=inbound.topic_key if known_topic else "",
        facts=facts,
        problem=inbound.problem or "separator_unknown",
    )


def _is_known(session: Session, column: Any, key: str) -> bool:
    return session.exec(select(column).where(column == key)).first() is not None


def _subject(problems: Sequence[str], was_read: bool, name: str) -> str:
    if problems and not was_read:
        return SUBJECT_OF_PROBLEM
    return f"Brev från {name}" if name else "Brev"


def _field(fact: Mapping[str, Any]) -> Found:
    return Found(fact["kind"], fact["value"], fact["confidence"], fact["page"], tuple(fact["box"]))


def _facts(taken: Taken, letter: Letter, problems: Sequence[str]) -> dict[str, Any]:
    part, separator = letter.part, letter.part.separator
    facts = {
        "file": {"name": taken.name, "sha256": taken.sha256, "size": taken.size, "pages": letter.pages_in_file},
        "post_box": taken.box,
        "pages": [index + 1 for index in part.pages],
        "blank_pages": [index + 1 for index in part.blank],
        "fields": list(letter.bound.get("fields", ())),
        "confidence": letter.bound.get("confidence", 0.0),
        "unsure_words": letter.bound.get("unsure", 0),
        "problems": list(problems),
        "problem_text": " ".join(reasons(problems)),
    }
    if part.marks:
        facts["answers"] = list(dict.fromkeys(mark.contact_id for _, mark in part.marks))
    if separator:
        facts["separator"] = {"unit": separator.unit, "topic": separator.topic, "pages": separator.pages}
    return facts | letter.facts
