"""What an agent's browser says to the exchange (SIP), looked through before it is passed on: pure functions.

The page has no password. Whatever it writes as proof is thrown away; the proof is made here, for the telephone of the
one who is signed in, so that nobody can be somebody else (decision 0063).
"""

import hashlib
import re
from collections.abc import Iterator

from contactcenter.errors import Refused
from contactcenter.ports import BrowserPhone

LARGEST = 64 * 1024
"""Characters of one message; an offer with many candidates has some thousands."""
METHODS = frozenset({"REGISTER", "INVITE", "ACK", "CANCEL", "BYE", "UPDATE", "INFO", "PRACK", "OPTIONS"})
"""Never REFER, MESSAGE, SUBSCRIBE: calls are transferred by the contact centre."""
DROPPED = frozenset({
    "authorization", "proxy-authorization", "p-asserted-identity", "p-preferred-identity", "remote-party-id", "route",
    "diversion", "history-info", "privacy", "replaces", "referred-by", "r", "call-info", "alert-info",
})  # fmt: skip
"""Headers with which a telephone says who it is, or where to; none of it is a browser's to say."""
PROOFS = {"authorization", "proxy-authorization"}
HEADER = re.compile(r"^([A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*)$")
PARAMETER = re.compile(r'([a-z]+)=(?:"([^"\r\n]*)"|([^",\s]*))')
USER = re.compile(r"<?sips?:([^@>;\s]+)@")


def passed_on(text: str, phone: BrowserPhone) -> str:
    """The message as the exchange gets it. Raises Refused for what no telephone of this agent would say."""
    if not text.strip():
        return text  # a sign of life between messages
    head, gap, body = text.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    if not gap or len(text) > LARGEST or any("\n" in line or "\r" in line or "\0" in line for line in (first, *lines)):
        raise Refused("sip_malformed", "not a SIP message")
    headers = [_header(line) for line in lines]
    if first.startswith("SIP/2.0 "):
        return text
    method, _, rest = first.partition(" ")
    address, _, version = rest.partition(" ")
    if method not in METHODS or version != "SIP/2.0" or " " in address:
        raise Refused("sip_method", "no telephone in a browser says that")
    _check_names(method, headers, phone.user)
    kept = [line for line, (name, _) in zip(lines, headers, strict=True) if name not in DROPPED]
    kept += [f"{name.title()}: {proof(method, value, phone)}" for name, value in headers if name in PROOFS]
    return "\r\n".join((first, *kept)) + gap + body


def _header(line: str) -> tuple[str, str]:
    """Lower-case name and value. A line that goes on on the next one is refused: it could hide another header."""
    found = HEADER.match(line)
    if not found:
        raise Refused("sip_malformed", "not a SIP header")
    return found[1].lower(), found[2]


def _check_names(method: str, headers: list[tuple[str, str]], user: str) -> None:
    """Who begins a call or registers does so as themselves. Within a call the exchange knows who it is."""
    sender, to = _only(headers, "from", "f"), _only(headers, "to", "t")
    is_new = ";tag=" not in to.rpartition(">")[2].replace(" ", "").lower()
    if (is_new or method == "REGISTER") and _user(sender) != user:
        raise Refused("sip_somebody_else", "that is somebody else's telephone")
    if method == "REGISTER" and _user(to) != user:
        raise Refused("sip_somebody_else", "that is somebody else's telephone")


def _only(headers: list[tuple[str, str]], *names: str) -> str:
    found = [value for name, value in headers if name in names]
    if len(found) != 1:
        raise Refused("sip_malformed", f"{names[0]} is there {len(found)} times")
    return found[0]


def _user(address: str) -> str:
    """Of `"Name" <sip:user@host>`; empty when there is more than one address."""
    found = USER.findall(address)
    return found[0] if len(found) == 1 else ""


def proof(method: str, claimed: str, phone: BrowserPhone) -> str:
    """Digest (RFC 8760, RFC 7616) for the question that `claimed` answers, by this agent's own telephone.

    Raises Refused for a question that is none.
    """
    said = dict(_parameters(claimed))
    try:
        realm, nonce, uri = said["realm"], said["nonce"], said["uri"]
        count, own = said.get("nc", ""), said.get("cnonce", "")
    except KeyError as missing:
        raise Refused("sip_malformed", "a proof without its question") from missing
    secret, what = _md5(f"{phone.user}:{realm}:{phone.password}"), _md5(f"{method}:{uri}")
    between = f"{nonce}:{count}:{own}:auth" if "qop" in said else nonce
    parts = [f'Digest username="{phone.user}"', f'realm="{realm}"', f'nonce="{nonce}"', f'uri="{uri}"']
    parts += [f'response="{_md5(f"{secret}:{between}:{what}")}"', "algorithm=MD5"]
    parts += [f'opaque="{said["opaque"]}"'] if "opaque" in said else []
    parts += ["qop=auth", f"nc={count}", f'cnonce="{own}"'] if "qop" in said else []
    return ", ".join(parts)


def _parameters(claimed: str) -> Iterator[tuple[str, str]]:
    for name, quoted, bare in PARAMETER.findall(claimed):
        yield name, quoted or bare


def _md5(text: str) -> str:
    """What the protocol wants; the secret is 256 random bits, and the way is the loopback or TLS."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
