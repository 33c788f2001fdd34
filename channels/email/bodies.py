"""What a tree of parts says: texts, markup, files. Every part is kept or named.

Containers are unpacked where they can be (winmail.dat, signed S/MIME, uuencoded files within a text) and kept beside
what was in them: what proves something must stay as it came.
"""

import re
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from channels.email import charsets, cms, invitations, mime, names, tnef, uuencoded
from channels.email.invitations import Invitation
from channels.email.mime import Part

MOST_FILES = 1_000
LONGEST_TEXT = 4 << 20
"""Bytes of one plain text that are read; the raw original has the rest."""
MOST_UNPACKED = 8
"""Containers that are unpacked in one mail."""
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef", "application/x-ms-tnef")
_PKCS7 = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_CID = re.compile(r"""cid:([^\s"'<>)]{1,300})""", re.IGNORECASE)
_SECRET = re.compile(r"^-----BEGIN PGP MESSAGE-----\s*$", re.MULTILINE)
_SIGNED = re.compile(r"^-----BEGIN PGP SIGNED MESSAGE-----\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Attached:
    name: str
    media_type: str
    content: bytes
    role: str
    content_id: str = ""
    named: bool = True
    """Whether the mail gave the name; else we did."""


@dataclass(slots=True)
class Bodies:
    sequence: list[tuple[str, str]] = field(default_factory=list)
    """`plain`, `html` (nothing plain says the same) or `beside` (markup beside a plain text), and the text."""
    files: list[Attached] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)
    invitation: Invitation | None = None
    unpacked: int = 0

    def of(self, *kinds: str) -> list[str]:
        return [text for kind, text in self.sequence if kind in kinds]


def read(root: Part) -> Bodies:
    """Walk the tree."""
    found = Bodies()
    _walk(root, found, first=True, beside=False, alternative=False)
    _show_unused(found)
    return found


def _show_unused(found: Bodies) -> None:
    """Pictures that no markup shows are attachments like others, or nobody would see them."""
    used = {unquote(one).lower() for html in found.of("html", "beside") for one in _CID.findall(html)}
    found.files = [
        replace(one, role="attachment") if one.role == "inline" and one.content_id.lower() not in used else one
        for one in found.files
    ]


def _walk(part: Part, found: Bodies, *, first: bool, beside: bool, alternative: bool) -> None:
    if part.level > mime.DEEPEST or len(found.files) + len(found.sequence) > MOST_FILES:
        found.notes.add("too_many_parts")
        return
    if part.is_multipart:
        _children(part, found, first=first, beside=beside)
    elif part.type in ("message/rfc822", "message/global", "message/news"):
        _nested(part, found)
    elif _is_text(part, found, first=first, alternative=alternative):
        _text(part, found, beside=beside)
    else:
        _file(part, found)


def _children(part: Part, found: Bodies, *, first: bool, beside: bool) -> None:
    kind = part.type.partition("/")[2]
    if kind in ("encrypted", "signed"):
        found.notes.add(kind)
    alternative = kind == "alternative"
    if alternative and not beside:
        beside = any(_offers_plain(child) for child in part.children)
    for position, child in enumerate(part.children):
        is_first = (first or kind != "related") and position == 0
        _walk(child, found, first=is_first, beside=beside, alternative=alternative)


def _offers_plain(part: Part) -> bool:
    if part.is_multipart:
        return any(_offers_plain(child) for child in part.children[:20])
    return part.type == "text/plain" and part.disposition != "attachment" and bool(part.body.strip())


def _is_text(part: Part, found: Bodies, *, first: bool, alternative: bool) -> bool:
    """Whether the part is shown as text. A name makes a file of it, unless it stands where the text stands."""
    if part.disposition == "attachment":
        return False
    if part.type in ("text/enriched", "text/richtext", "text/markdown"):
        return not part.name and not found.sequence
    if part.type not in ("text/plain", "text/html"):
        return False
    return not part.name or alternative or (first and not found.sequence)


def _text(part: Part, found: Bodies, *, beside: bool) -> None:
    content = part.content
    if part.type == "text/html":
        named = charsets.in_markup(content)
        text = charsets.decoded(content, part.charset or named, named)
        found.sequence.append(("beside" if beside else "html", text))
        return
    content, files = uuencoded.split(content)
    if len(content) > LONGEST_TEXT:
        content = content[:LONGEST_TEXT]
        found.notes.add("truncated_text")
    text = charsets.decoded(content, part.charset)
    if part.type in ("text/enriched", "text/richtext"):
        text = re.sub(r"<[^<>]{0,100}>", "", text)
    found.notes.update(note for note, sign in (("encrypted", _SECRET), ("signed", _SIGNED)) if sign.search(text))
    found.sequence.append(("plain", text))
    for name, data in files:
        _keep(found, charsets.decoded(name, None, part.charset), "application/octet-stream", data)


def _nested(part: Part, found: Bodies) -> None:
    content = part.content
    name = part.name
    if not name:
        subject = mime.header(content[:200_000]).text("subject") if content else ""
        name = f"{names.harmless(subject.replace('/', '-'))[:100] or 'meddelande'}.eml"
        found.files.append(Attached(name, part.type, content, "attachment", "", named=False))
        return
    _keep(found, name, part.type, content)


def _file(part: Part, found: Bodies) -> None:
    content = part.content
    name = names.harmless(part.name)
    content_id = part.text("content-id").strip("<> ")
    role = (
        "inline" if content_id and part.type.startswith("image/") and part.disposition != "attachment" else "attachment"
    )
    if part.type == "message/partial":
        found.notes.add("partial")
    if part.type == "text/calendar" or (part.type == "application/ics" and found.invitation is None):
        invitation = invitations.read(charsets.decoded(content, part.charset or "utf-8"))
        found.invitation = found.invitation or invitation
        name = name or "invite.ics"
    if part.type == "application/pgp-encrypted":
        found.notes.add("encrypted")
    _keep(found, name, part.type, content, role, content_id, named=bool(part.name), fallback=_located(part))
    if found.unpacked < MOST_UNPACKED:
        _unpack(part, name, content, found)


def _located(part: Part) -> str:
    """A name from the place that the part had on the web (RFC 2557), where that looks like one."""
    place = names.harmless(unquote(part.text("content-location").partition("?")[0]))
    return place if re.search(r"\w\.\w{1,5}$", place) else ""


def _keep(
    found: Bodies,
    name: str,
    kind: str,
    content: bytes,
    role: str = "attachment",
    content_id: str = "",
    *,
    named: bool = True,
    fallback: str = "",
) -> None:
    name = names.harmless(name)
    shown = name or fallback or names.invented(kind, len(found.files) + 1)
    found.files.append(Attached(shown, kind, content, role, content_id, named=named and bool(name)))


def _unpack(part: Part, name: str, content: bytes, found: Bodies) -> None:
    if part.type in _TNEF or (name.lower() in ("winmail.dat", "win.dat") or content[:4] == tnef.SIGNATURE):
        found.unpacked += 1
        _winmail(content, found)
    elif part.type in _PKCS7 or (name.lower().endswith(".p7m") and part.type == "application/octet-stream"):
        found.unpacked += 1
        inner = cms.signed_content(content)
        if inner is None:
            found.notes.add("encrypted" if cms.is_enveloped(content) else "signed")
            return
        found.notes.add("signed")
        try:
            _walk(mime.read_within(inner, part.level), found, first=True, beside=False, alternative=False)
        except mime.TooMuch as error:
            found.notes.add(str(error))


def _winmail(content: bytes, found: Bodies) -> None:
    packed = tnef.read(content)
    if packed is None:
        found.notes.add("winmail_unreadable")
        return
    for one in packed.files:
        _keep(found, one.name, one.media_type, one.content, "attachment", one.content_id)
    if not found.of("plain") and packed.text.strip():
        found.sequence.append(("plain", packed.text))
    if packed.html.strip() and not found.of("html", "beside"):
        found.sequence.append(("beside" if found.of("plain") else "html", packed.html))
