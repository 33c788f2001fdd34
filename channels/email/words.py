"""Encoded words (RFC 2047, with the language of RFC 2231) as they occur. Never raises.

Beyond the standard: words without a gap between them and the text, within quotation marks, with spaces inside, split in
the middle of a character or of a base64 group, without padding, and without their end.
"""

import binascii
import re

from channels.email import charsets

_WORD = re.compile(r"=\?([^?\s=<>()]{0,60})\?([bBqQ])\?((?:(?!=\?(?!=)).)*?)\?=", re.DOTALL)
_CUT_OFF = re.compile(r"=\?([^?\s=<>()]{1,60})\?([bBqQ])\?([^?\s]{2,})\??$")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")


def decoded(value: str, hint: str | None = None) -> str:
    """`value` with its encoded words read."""
    if "=?" not in value:
        return value
    made: list[str] = []
    position = 0
    run: list[re.Match[str]] = []
    for word in _WORD.finditer(value):
        between = value[position : word.start()]
        if run and between.strip():
            made.append(_joined(run, hint))
            run = []
        if between.strip() or not run:
            made.append(between)
        run.append(word)
        position = word.end()
    if run:
        made.append(_joined(run, hint))
    rest = value[position:]
    cut = _CUT_OFF.search(rest)
    if cut:
        rest = rest[: cut.start()] + _text(_key(cut), [_payload(cut)], hint)
        rest = rest if cut.start() or not run else rest.lstrip()
    return "".join(made) + rest


def _joined(run: list[re.Match[str]], hint: str | None) -> str:
    """Adjacent words; those alike are joined before they are decoded, since characters are split between them."""
    made: list[str] = []
    payloads: list[str] = []
    for word, following in zip(run, [*run[1:], None], strict=True):
        payloads.append(_payload(word))
        if following is None or _key(following) != _key(word):
            made.append(_text(_key(word), payloads, hint))
            payloads = []
    return "".join(made)


def _key(word: re.Match[str]) -> tuple[str, str]:
    return (word[1].partition("*")[0].lower(), word[2].lower())


def _payload(word: re.Match[str]) -> str:
    return word[3]


def _text(key: tuple[str, str], payloads: list[str], hint: str | None) -> str:
    charset, encoding = key
    if encoding == "q":
        pieces = [quoted(payload) for payload in payloads]
    else:
        pieces = [_base64(group) for group in _groups(payloads)]
    if charsets.codec(charset) in ("utf-7", "utf-16", "hz"):
        return "".join(charsets.decoded(piece, charset, hint) for piece in pieces)
    return charsets.decoded(b"".join(pieces), charset, hint)


def _groups(payloads: list[str]) -> list[str]:
    """Base64 that was cut between two groups of four belongs together."""
    made: list[str] = []
    for payload in payloads:
        bare = re.sub(r"[^A-Za-z0-9+/=_-]", "", payload)
        if made and len(made[-1]) % 4 and not made[-1].endswith("="):
            made[-1] += bare
        else:
            made.append(bare)
    return made


def quoted(payload: str) -> bytes:
    """The Q encoding: underscores are spaces; an equals sign without a number stays."""
    raw = payload.replace("\r", "").replace("\n", "").replace("_", " ").encode("utf-8", "replace")
    return _HEX.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), raw)


def _base64(bare: str) -> bytes:
    made = b""
    for group in re.findall(r"[^=]+", bare):
        whole = group[: -1 if len(group) % 4 == 1 else None].replace("-", "+").replace("_", "/")
        try:
            made += binascii.a2b_base64(whole + "=" * (-len(whole) % 4))
        except binascii.Error:
            continue
    return made
