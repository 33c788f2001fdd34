"""A tree of parts as the standard library's message, for what works on those (the recognition of automatic mail)."""

from email.message import Message

from channels.email import charsets, mime
from channels.email.mime import Part

LONGEST_BODY = 1 << 20
MOST_PARTS = 300
DEEPEST = 12


def message(part: Part) -> Message:
    """The same fields, the same texts in UTF-8. Files over a megabyte are left empty, parts beyond `MOST_PARTS` out."""
    return _message(part, [MOST_PARTS])


def _message(part: Part, left: list[int]) -> Message:
    made = Message()
    is_text = part.type.startswith("text/")
    for name, value in part.fields[:2000]:
        if is_text and name.lower() in ("content-type", "content-transfer-encoding"):
            continue
        made.set_raw(name, charsets.decoded(value[: mime.LONGEST_LIST], None))
    left[0] -= 1
    if left[0] < 0 or part.level > DEEPEST:
        made.set_payload("")
    elif part.is_multipart:
        made.set_payload([_message(child, left) for child in part.children[: left[0] + 1]])
    elif part.type in ("message/rfc822", "message/global"):
        made.set_payload([_nested(part, left)])
    elif part.type == "message/delivery-status":
        made.set_payload([_block(block) for block in _blocks(part.content[:LONGEST_BODY])])
    elif is_text:
        _set_text(made, part)
    else:
        body = part.body if part.end - part.start <= LONGEST_BODY else b""
        made.set_payload(body.decode("ascii", "surrogateescape"))
    return made


def _set_text(made: Message, part: Part) -> None:
    """The text in UTF-8, whatever it came in: the library knows few charsets and raises on some labels."""
    text = charsets.decoded(part.content[:LONGEST_BODY], part.charset)
    made.set_raw("Content-Type", f'{part.type}; charset="utf-8"')
    made.set_payload(text.encode().decode("ascii", "surrogateescape"))


def _nested(part: Part, left: list[int]) -> Message:
    try:
        return _message(mime.read_within(part.content[:LONGEST_BODY], part.level), left)
    except mime.TooMuch:
        return Message()


def _blocks(content: bytes) -> list[bytes]:
    unix = content.replace(b"\r\n", b"\n")
    return [block + b"\n" for block in unix.split(b"\n\n") if block.strip()][:200]


def _block(block: bytes) -> Message:
    made = Message()
    for name, value in mime.header(block.lstrip(b"\n")).fields[:200]:
        made.set_raw(name, charsets.decoded(value, None))
    made.set_payload("")
    return made
