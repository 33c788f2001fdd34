"""The part of the configuration that an administrator may see and write: their own organisations and what these own.

Several municipalities may share an installation; none learns of another's numbers, addresses and people, nor takes
them over by naming them.
"""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from contactcenter import configuration, menus
from contactcenter.configuration import (
    AddressEntry,
    Document,
    Entry,
    OrganisationEntry,
    TopicEntry,
    UserEntry,
)
from contactcenter.errors import Refused
from contactcenter.model import Organisation
from contactcenter.ports import Actor

Name = tuple[type[Entry], tuple[str, ...]]


def export(session: Session, actor: Actor) -> Document:
    """What the administrator may see of the configuration. Raises Refused for others."""
    own = _own_keys(session, actor)
    document = configuration.export(session)
    return Document(
        organisations=[entry for entry in document.organisations if entry.key in own],
        queues=[entry for entry in document.queues if entry.organisation in own],
        topics=[entry for entry in document.topics if entry.organisation in own],
        address_points=[entry for entry in document.address_points if entry.organisation in own],
        users=[entry for entry in document.users if entry.organisation in own],
    )


def check(session: Session, actor: Actor, document: Document) -> None:
    """Raises Refused when the document would touch, or refer to, what is not the administrator's."""
    own = _own_keys(session, actor)
    everything = {_name(entry): entry for entry in configuration.export(session).entries()}
    mine = {_name(entry) for entry in export(session, actor).entries()}
    own |= _new_below(document, own, everything)
    for entry in document.entries():
        known = _name(entry) in everything
        if known and _name(entry) not in mine:
            raise _not_yours(entry)
        if not _stays(entry, own, everything) or not _refers_within(entry, mine, document):
            raise _not_yours(entry)


def _own_keys(session: Session, actor: Actor) -> set[str]:
    if not actor.is_administrator:
        raise Refused("not_allowed", "this is for administrators")
    return set(session.exec(select(Organisation.key).where(col(Organisation.id).in_(actor.scope))).all())


def _new_below(document: Document, own: set[str], everything: dict[Name, Entry]) -> set[str]:
    """Keys of organisations that the document adds below the administrator's."""
    added = set[str]()
    for _ in document.organisations:  # as often as one can stand below another
        for entry in document.organisations:
            if _name(entry) not in everything and entry.parent in own | added:
                added.add(entry.key)
    return added


def _stays(entry: Entry, own: set[str], everything: dict[Name, Entry]) -> bool:
    """Whether the entry belongs to the administrator's organisations afterwards too."""
    if not isinstance(entry, OrganisationEntry):
        return getattr(entry, "organisation", None) in own
    known = everything.get(_name(entry))
    unmoved = isinstance(known, OrganisationEntry) and known.parent == entry.parent
    return entry.key in own and (unmoved or entry.parent in own)


def _refers_within(entry: Entry, mine: set[Name], document: Document) -> bool:
    there = mine | {_name(one) for one in document.entries()}
    return all(name in there for name in _references(entry))


def _references(entry: Entry) -> Iterator[Name]:
    queues = [getattr(entry, "queue", "")] + (entry.queues if isinstance(entry, UserEntry) else [])
    queues += [step.queue for step in entry.overflow] if isinstance(entry, configuration.QueueEntry) else []
    topics = [getattr(entry, "topic", "")] + (list(entry.menu.values()) if isinstance(entry, AddressEntry) else [])
    topics += menus.topics_of(entry.tree) if isinstance(entry, AddressEntry) else []
    topics += [entry.parent] if isinstance(entry, TopicEntry) else []
    yield from ((configuration.QueueEntry, (key,)) for key in queues if key)
    yield from ((TopicEntry, (key,)) for key in topics if key)


def _name(entry: Entry) -> Name:
    return type(entry), tuple(str(getattr(entry, field)) for field in entry.identity)


def _not_yours(entry: Entry) -> Refused:
    what = " ".join(_name(entry)[1])
    return Refused("not_yours_to_configure", what)
