"""The configuration of a municipality as one document: read from the database, compared with it, written to it.

The document names things by their keys, never by ids, so that it can be moved between installations. Passwords are
not in it. What the database has and the document does not name is kept, since cases may rest on it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, Field, ValidationError
from sqlmodel import Session, SQLModel, col, select

from contactcenter import journal, menus, menus_versions
from contactcenter.errors import Misconfigured
from contactcenter.hours import Hours
from contactcenter.model import AddressPoint, Organisation, Queue, Topic, User
from contactcenter.overflow import versions as overflow_versions
from contactcenter.overflow.rules import Step, Target
from contactcenter.states import AddressKind, CallbackFirst, Channel, EventKind, OrganisationKind, Role
from contactcenter.templates import Template
from contactcenter.templates import check as check_text

Identity = tuple[str, ...]


class Entry(BaseModel, frozen=True, extra="forbid"):
    """One thing in the document. `refs` maps a field that holds a key to (column that holds the id, table)."""

    table: ClassVar[type[SQLModel]]
    identity: ClassVar[tuple[str, ...]] = ("key",)
    refs: ClassVar[dict[str, tuple[str, type[SQLModel]]]] = {}


class Letterhead(BaseModel, frozen=True, extra="forbid"):
    """What stands on an organisation's letters. `logo` is the name of a picture in the folder of logos."""

    address: list[str] = Field(default_factory=list, max_length=6)
    phone: str = ""
    email: str = ""
    web: str = ""
    logo: str = Field(default="", pattern=r"^([\w.-]+\.(png|jpg|jpeg))?$")


class OrganisationEntry(Entry, frozen=True):
    table: ClassVar[type[SQLModel]] = Organisation
    refs: ClassVar[dict[str, tuple[str, type[SQLModel]]]] = {"parent": ("parent_id", Organisation)}

    key: str = Field(min_length=1)
    name: str
    kind: OrganisationKind = OrganisationKind.MUNICIPALITY
    parent: str = ""
    mail_from: str = ""
    hours: dict[str, Any] = Field(default_factory=dict)
    letterhead: Letterhead = Letterhead()


class QueueEntry(Entry, frozen=True):
    table: ClassVar[type[SQLModel]] = Queue
    refs: ClassVar[dict[str, tuple[str, type[SQLModel]]]] = {"organisation": ("organisation_id", Organisation)}

    key: str = Field(min_length=1)
    name: str
    organisation: str
    overflow: list[Step] = Field(default_factory=list)
    callback_first: CallbackFirst = CallbackFirst.AGENT
    taped: bool = False


class TopicEntry(Entry, frozen=True):
    table: ClassVar[type[SQLModel]] = Topic
    refs: ClassVar[dict[str, tuple[str, type[SQLModel]]]] = {
        "organisation": ("organisation_id", Organisation),
        "parent": ("parent_id", Topic),
        "queue": ("queue_id", Queue),
    }

    key: str = Field(min_length=1)
    name: str
    organisation: str
    parent: str = ""
    queue: str = ""
    promised: dict[Channel, int] = Field(default_factory=dict)
    skills: dict[str, int] = Field(default_factory=dict)
    handoff: dict[str, Any] = Field(default_factory=dict)
    wrap_up_seconds: int = Field(default=30, ge=0, le=3600)
    retention_days: int = Field(default=730, ge=1)


class AddressEntry(Entry, frozen=True):
    table: ClassVar[type[SQLModel]] = AddressPoint
    identity: ClassVar[tuple[str, ...]] = ("kind", "address")
    refs: ClassVar[dict[str, tuple[str, type[SQLModel]]]] = {
        "organisation": ("organisation_id", Organisation),
        "queue": ("queue_id", Queue),
        "topic": ("topic_id", Topic),
    }

    kind: AddressKind
    address: str = Field(min_length=1)
    organisation: str
    queue: str
    topic: str = ""
    menu: dict[str, str] = Field(default_factory=dict)
    tree: dict[str, Any] = Field(default_factory=dict)


class UserEntry(Entry, frozen=True):
    table: ClassVar[type[SQLModel]] = User
    identity: ClassVar[tuple[str, ...]] = ("login",)
    refs: ClassVar[dict[str, tuple[str, type[SQLModel]]]] = {"organisation": ("organisation_id", Organisation)}

    login: str = Field(min_length=1, max_length=200)
    name: str
    organisation: str
    role: Role = Role.AGENT
    language: str = "sv"
    active: bool = True
    may_pick: bool = False
    may_record: bool = False
    sees_protected: bool = False
    extension: str = ""
    queues: list[str] = Field(default_factory=list)
    skills: dict[str, int] = Field(default_factory=dict)
    written_capacity: int = Field(default=3, ge=0, le=100)


class TemplateEntry(Entry, frozen=True):
    table: ClassVar[type[SQLModel]] = Template
    refs: ClassVar[dict[str, tuple[str, type[SQLModel]]]] = {
        "organisation": ("organisation_id", Organisation),
        "topic": ("topic_id", Topic),
    }

    key: str = Field(min_length=1)
    name: str = Field(min_length=1, max_length=100)
    organisation: str
    topic: str = ""
    language: str = Field(default="sv", pattern=r"^[a-z]{2,3}$")
    text: Annotated[str, AfterValidator(check_text), Field(max_length=20_000)]


class Document(BaseModel, frozen=True, extra="forbid"):
    """The whole configuration."""

    organisations: list[OrganisationEntry] = Field(default_factory=list)
    queues: list[QueueEntry] = Field(default_factory=list)
    topics: list[TopicEntry] = Field(default_factory=list)
    address_points: list[AddressEntry] = Field(default_factory=list)
    users: list[UserEntry] = Field(default_factory=list)
    templates: list[TemplateEntry] = Field(default_factory=list)

    def entries(self) -> Iterator[Entry]:
        """Every entry, those that others refer to first."""
        for section in Document.model_fields:
            yield from getattr(self, section)


@dataclass(frozen=True, slots=True)
class Change:
    """What applying the document would do to one thing. `fields` maps a field to (now, then); empty for a new one."""

    action: str
    """`add` or `change`."""
    kind: str
    name: str
    fields: dict[str, tuple[Any, Any]]


def parse(raw: Any) -> Document:
    """Validate what was read from YAML or JSON. Raises Misconfigured naming the place and what is wrong with it."""
    if not isinstance(raw, dict):
        sections = ", ".join(Document.model_fields)
        raise Misconfigured("configuration", f"the file must be a mapping with some of: {sections}")
    try:
        document = Document.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Misconfigured("configuration", f"{place}: {first['msg']}") from error
    for organisation in document.organisations:
        Hours.parse(organisation.hours)
    for address in document.address_points:
        if address.tree:
            menus.parse(address.tree)
    _refuse_doubles(document)
    return document


def export(session: Session) -> Document:
    """The database's configuration."""
    return Document(
        organisations=_export(session, OrganisationEntry),
        queues=_export(session, QueueEntry),
        topics=_export(session, TopicEntry),
        address_points=_export(session, AddressEntry),
        users=_export(session, UserEntry),
        templates=_export(session, TemplateEntry),
    )


def plan(session: Session, document: Document) -> list[Change]:
    """What `apply` would change, in order. Raises Misconfigured when a key leads nowhere."""
    known = {_identity(entry): entry for entry in export(session).entries()}
    _check_references(known, document)
    _check_overflow(known | {_identity(entry): entry for entry in document.entries()})
    changes = []
    for entry in document.entries():
        if (old := known.get(_identity(entry))) is None:
            changes.append(Change("add", _kind(entry), _name(entry), {}))
        elif fields := _differences(old, entry):
            changes.append(Change("change", _kind(entry), _name(entry), fields))
    return changes


def apply(session: Session, document: Document, now: datetime, user_id: int | None = None) -> list[Change]:
    """Write the document; return what changed. All or nothing. What is already so is left alone."""
    changes = plan(session, document)
    changed = {(change.kind, change.name) for change in changes}
    todo = [entry for entry in document.entries() if (_kind(entry), _name(entry)) in changed]
    for entry in _parents_first(todo):
        before = list(_row(session, entry).overflow) if isinstance(entry, QueueEntry) else []
        row = _write(session, entry)
        if isinstance(entry, QueueEntry) and row.overflow != before:
            overflow_versions.note(session, row, before, user_id, now)
        if isinstance(entry, AddressEntry) and _is_new_tree(changes, entry):
            menus_versions.note(session, row, user_id, now)
    if changes:
        kinds = sorted({change.kind for change in changes})
        journal.record(
            session, EventKind.CONFIGURATION_CHANGED, at=now, user_id=user_id, changes=len(changes), kinds=kinds
        )
    return changes


def _export(session: Session, kind: type[Any]) -> list[Any]:
    rows = session.exec(select(kind.table).order_by(col(kind.table.id))).all()
    return [_entry(session, kind, row) for row in rows]


def _entry(session: Session, kind: type[Entry], row: Any) -> Entry:
    values: dict[str, Any] = {}
    for field in kind.model_fields:
        if field in kind.refs:
            column, table = kind.refs[field]
            found: Any = session.get(table, value) if (value := getattr(row, column)) is not None else None
            values[field] = found.key if found else ""
        else:
            values[field] = getattr(row, field)
    if kind is UserEntry:
        values["queues"] = [queue.key for one in row.queues if (queue := session.get(Queue, one))]
    return kind.model_validate(values)


def _is_new_tree(changes: list[Change], entry: "AddressEntry") -> bool:
    change = next(one for one in changes if (one.kind, one.name) == (_kind(entry), _name(entry)))
    return "tree" in change.fields or (change.action == "add" and bool(entry.tree))


def _write(session: Session, entry: Entry) -> Any:
    row = _row(session, entry)
    for field in type(entry).model_fields:
        value = getattr(entry, field)
        if field in entry.refs:
            column, table = entry.refs[field]
            setattr(row, column, _id_of(session, table, value))
        elif field == "queues":
            row.queues = [_id_of(session, Queue, key) for key in value]
        else:
            setattr(row, field, _plain(value))
    session.add(row)
    session.flush()
    return row


def _row(session: Session, entry: Entry) -> Any:
    table: Any = entry.table
    conditions = [getattr(table, name) == getattr(entry, name) for name in entry.identity]
    return session.exec(select(table).where(*conditions)).first() or table()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(getattr(key, "value", key)): item for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.model_dump(mode="json", exclude_defaults=True) if isinstance(value, BaseModel) else value


def _id_of(session: Session, table: Any, key: str) -> int | None:
    return session.exec(select(table.id).where(table.key == key)).one() if key else None


def _parents_first(entries: list[Entry]) -> list[Entry]:
    """Within a section a parent may stand below its child; across sections the order is right already."""
    waiting, done, ordered = list(entries), set[str](), list[Entry]()
    while waiting:
        pending = {entry.key for entry in waiting if isinstance(entry, OrganisationEntry | TopicEntry)} - done
        ready = [entry for entry in waiting if getattr(entry, "parent", "") not in pending]
        if not ready:
            raise Misconfigured("configuration", "organisations or topics are each other's parents")
        one = ready[0]
        waiting.remove(one)
        ordered.append(one)
        done.add(getattr(one, "key", ""))
    return ordered


def _check_references(known: dict[Identity, Entry], document: Document) -> None:
    there = {(_kind(entry), *_identity(entry)[1:]) for entry in known.values()}
    there |= {(_kind(entry), *_identity(entry)[1:]) for entry in document.entries()}
    for entry in document.entries():
        for field, table, key in _references(entry):
            if key and (table.__name__.lower(), key) not in there:
                raise Misconfigured(
                    "configuration", f"{_kind(entry)} {_name(entry)}: {field} names {key!r}, which does not exist"
                )


def _check_overflow(entries: Mapping[Identity, Entry]) -> None:
    """A step leads only to those who may see the case: in the municipality, and helping agents from there or above."""
    parents = {one.key: one.parent for one in entries.values() if isinstance(one, OrganisationEntry)}
    queues = {one.key: one for one in entries.values() if isinstance(one, QueueEntry)}
    for queue in queues.values():
        above = _above(parents, queue.organisation)
        for step in queue.overflow:
            if not step.queue:
                continue
            there = _above(parents, queues[step.queue].organisation)
            if above[-1] != there[-1] or (step.to is Target.AGENTS and there[0] not in above):
                raise Misconfigured(
                    "configuration", f"queue {queue.key}: agents of {step.queue!r} may not see its callers"
                )


def _above(parents: Mapping[str, str], key: str) -> list[str]:
    """The organisation and those above it, the municipality last."""
    found = [key]
    while (parent := parents.get(found[-1], "")) and parent not in found:
        found.append(parent)
    return found


def _references(entry: Entry) -> Iterator[tuple[str, type[SQLModel], str]]:
    for field, (_, table) in entry.refs.items():
        yield field, table, getattr(entry, field)
    if isinstance(entry, UserEntry):
        for key in entry.queues:
            yield "queues", Queue, key
    if isinstance(entry, QueueEntry):
        for step in entry.overflow:
            yield "overflow", Queue, step.queue
    if isinstance(entry, AddressEntry):
        for key in entry.menu.values():
            yield "menu", Topic, key
        for key in menus.topics_of(entry.tree):
            yield "tree", Topic, key


def _differences(old: Entry, new: Entry) -> dict[str, tuple[Any, Any]]:
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    return {name: (before[name], after[name]) for name in after if before[name] != after[name]}


def _refuse_doubles(document: Document) -> None:
    seen = set[Identity]()
    for entry in document.entries():
        if (identity := _identity(entry)) in seen:
            raise Misconfigured("configuration", f"{_kind(entry)} {_name(entry)} stands twice")
        seen.add(identity)


def _identity(entry: Entry) -> Identity:
    return (_kind(entry), *(str(getattr(entry, name)) for name in entry.identity))


def _kind(entry: Entry) -> str:
    return entry.table.__name__.lower()


def _name(entry: Entry) -> str:
    return " ".join(str(getattr(entry, name)) for name in entry.identity)
