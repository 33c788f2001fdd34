"""Rich text as Outlook packs it: compressed (MS-OXRTFCP) and with HTML inside (MS-OXRTFEX). Never raises."""

import re
import struct

from channels.email import charsets

MOST_COMPRESSED = 1 << 20
LONGEST = 4 << 20
DEEPEST = 200
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New Roman"
    b"Courier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u"
    b"\\tab\\tx"
)
"""What the window holds at the start (MS-OXRTFCP section 2.1.2.1)."""
_TOKEN = re.compile(
    rb"\\'([0-9A-Fa-f]{2})|\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\([^A-Za-z'])|([{}])|[\r\n]+|([^\\{}\r\n]+)|."
)
_SKIPPED = {
    b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"header", b"footer", b"object", b"themedata",
    b"listtable",
    b"listoverridetable", b"rsidtbl", b"generator", b"xmlnstbl", b"mmathPr", b"datastore", b"latentstyles",
    b"fldinst",
}  # fmt: skip
_SIGNS = {
    b"par": "\n", b"line": "\n", b"tab": "\t", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
    b"bullet": "•", b"endash": "–", b"emdash": "—", b"cell": "\t", b"row": "\n", b"sect": "\n", b"page": "\n",
}  # fmt: skip


def unpacked(data: bytes) -> bytes:
    """PidTagRtfCompressed as RTF; empty when it is damaged or far too large."""
    if len(data) < 16 or len(data) > MOST_COMPRESSED:
        return b""
    size, kind = struct.unpack_from("<4xI4s", data)
    if kind == b"MELA":
        return data[16 : 16 + size][:LONGEST]
    return _expanded(data, min(size, LONGEST)) if kind == b"LZFu" else b""


def _expanded(data: bytes, size: int) -> bytes:
    window = bytearray(4096)
    window[: len(_DICTIONARY)] = _DICTIONARY
    write, position, made = len(_DICTIONARY), 16, bytearray()
    while position < len(data) and len(made) < size:
        control, position = data[position], position + 1
        for bit in range(8):
            if position >= len(data):
                break
            if not control >> bit & 1:
                made.append(data[position])
                window[write] = data[position]
                write, position = (write + 1) & 4095, position + 1
                continue
            token = int.from_bytes(data[position : position + 2])
            position += 2
            offset, length = token >> 4, (token & 15) + 2
            if offset == write:
                return bytes(made[:size])
            for step in range(length):
                byte = window[(offset + step) & 4095]
                made.append(byte)
                window[write] = byte
                write = (write + 1) & 4095
    return bytes(made[:size])


def read(rtf: bytes) -> tuple[str, str]:
    """(HTML, text) in the document; one of them is empty."""
    reading = _Reading(is_html=b"\\fromhtml" in rtf[:4096])
    for token in _TOKEN.finditer(rtf[:LONGEST]):
        reading.take(token)
    text = reading.finished()
    return (text, "") if reading.is_html else ("", text)


class _Reading:
    """A document read token by token. Groups inherit; a group's state ends with it."""

    def __init__(self, *, is_html: bool) -> None:
        self.is_html = is_html
        self._made: list[str] = []
        self._bytes = bytearray()
        self._codepage = "cp1252"
        self._stack: list[tuple[bool, bool, bool, int]] = []
        self._skips = self._in_tag = self._hidden = False
        self._after_unicode = 1
        self._to_skip = 0
        self._starred = False

    def finished(self) -> str:
        self._flush()
        return "".join(self._made)

    def take(self, token: re.Match[bytes]) -> None:
        code, word, number, sign, brace, text = token.groups()
        if brace:
            self._brace(brace)
        elif word:
            self._word(word, None if number is None else int(number))
        elif sign == b"*":
            self._starred = True
        elif sign:
            self._write(
                b"\xa0"
                if sign == b"~"
                else sign
                if sign in b"\\{}"
                else b""
                if sign in b"-:|"
                else b"-"
                if sign == b"_"
                else b"\n"
            )
        elif code:
            self._write(bytes.fromhex(code.decode("ascii")))
        elif text:
            self._write(text)

    def _brace(self, brace: bytes) -> None:
        self._starred = False
        if brace == b"{":
            if len(self._stack) < DEEPEST:
                self._stack.append((self._skips, self._in_tag, self._hidden, self._after_unicode))
        elif self._stack:
            self._skips, self._in_tag, self._hidden, self._after_unicode = self._stack.pop()

    def _word(self, word: bytes, number: int | None) -> None:
        starred, self._starred = self._starred, False
        if word == b"ansicpg" and number:
            self._codepage = f"cp{number}" if number != 65001 else "utf-8"
        elif word == b"htmltag":
            self._skips, self._in_tag = False, True
        elif word == b"htmlrtf":
            self._hidden = number != 0
        elif word == b"uc":
            self._after_unicode = max(0, min(number or 0, 10))
        elif word == b"u" and number is not None:
            self._unicode(number)
        elif starred or word in _SKIPPED:
            self._skips = True
        elif word in _SIGNS:
            shown = _SIGNS[word]
            if self._shows():
                self._flush()
                self._made.append("\r\n" if self.is_html and shown == "\n" else shown)

    def _unicode(self, number: int) -> None:
        if self._shows():
            self._flush()
            self._made.append(chr(number & 0xFFFF))
        self._to_skip = self._after_unicode

    def _shows(self) -> bool:
        return not self._skips and not self._hidden

    def _write(self, data: bytes) -> None:
        if self._to_skip:
            cut = min(self._to_skip, len(data))
            self._to_skip -= cut
            data = data[cut:]
        if self._shows():
            self._bytes += data

    def _flush(self) -> None:
        if self._bytes:
            self._made.append(charsets.decoded(bytes(self._bytes), self._codepage))
            self._bytes.clear()
