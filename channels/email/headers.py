"""Fields of a message, for what looks at a few of them. Never raises."""

import re
from collections.abc import Iterable
from datetime import datetime
from email.message import Message

from channels.email import addresses as lists
from channels.email import charsets, dates, words
from channels.email.identifiers import found as message_ids_in
from channels.email.mime import LONGEST_FIELD, one_line

LONGEST = LONGEST_FIELD
"""Characters of a field that are looked at; the raw original has the rest."""
line = one_line
MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")


def decoded(data: bytes, charset: str | None) -> str:
    """Bytes as text: by the label where it fits, else by their looks."""
    return charsets.decoded(data, charset)


def text(message: Message, name: str) -> str:
    """The field's text on one line, or empty."""
    return line(unfolded(next(iter(raw(message, name)), "")))


def raw(message: Message, *names: str) -> list[str]:
    """The fields' values as they stand in the mail, raw bytes as surrogates."""
    wanted = {name.lower() for name in names}
    return [str(value)[:LONGEST] for name, value in message.raw_items() if name.lower() in wanted]


def unfolded(value: str) -> str:
    """A raw field value decoded."""
    return words.decoded(charsets.decoded(_bytes(value[:LONGEST]), None))


def addresses(message: Message, *names: str) -> list[tuple[str, str]]:
    """(name, address in lower case) of every address in these fields; what has no @ is left out."""
    return of_addresses(_bytes(value) for value in _whole(message, *names))


def of_addresses(values: Iterable[bytes], hint: str | None = None) -> list[tuple[str, str]]:
    """The same from the fields' bytes."""
    boxes = [box for value in values for box in lists.parsed(value, hint)]
    return [(box.name, box.address.lower()) for box in boxes if "@" in box.address]


def message_ids(message: Message, *names: str) -> list[str]:
    """Message-IDs in these fields, each once, in order."""
    return message_ids_in(_bytes(value) for value in _whole(message, *names))


def date(message: Message) -> datetime | None:
    """The Date field in UTC; None when it is missing or cannot be one."""
    return dates.parsed(text(message, "Date"))


def _whole(message: Message, *names: str) -> list[str]:
    wanted = {name.lower() for name in names}
    return [str(value) for name, value in message.raw_items() if name.lower() in wanted]


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")
