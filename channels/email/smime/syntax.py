"""The Cryptographic Message Syntax (RFC 5652) read: elements in BER, as far as signatures and envelopes need them."""

from dataclasses import dataclass

from channels.email import cms
from channels.email.cms import Odd

SEQUENCE, SET, OID = 0x30, 0x31, 0x06
__all__ = (
    "OID", "SEQUENCE", "SET", "Node", "Odd", "children", "content_of", "explicit", "octets", "oid",
)  # fmt: skip


def oid(dotted: str) -> bytes:
    """An object identifier as it stands on the wire, without tag and length (X.690 8.19)."""
    numbers = [int(one) for one in dotted.split(".")]
    made = bytearray()
    for number in [numbers[0] * 40 + numbers[1], *numbers[2:]]:
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(0x80 | (number & 0x7F))
        made += bytes(reversed(digits))
    return bytes(made)


@dataclass(frozen=True, slots=True)
class Node:
    """One element: where its header, its content and its end are in `data`."""

    data: bytes
    tag: int
    head: int
    start: int
    end: int
    after: int

    @property
    def content(self) -> bytes:
        return self.data[self.start : self.end]

    @property
    def whole(self) -> bytes:
        """With tag and length."""
        return self.data[self.head : self.after]


def children(node: Node) -> list[Node]:
    """The elements within. Raises Odd."""
    return _listed(node.data, node.start, node.end)


def _listed(data: bytes, start: int, end: int) -> list[Node]:
    found: list[Node] = []
    while start < end and data[start : start + 2] != b"\x00\x00":
        if len(found) > cms.MOST_ELEMENTS:
            raise Odd
        tag, content, stop, after = cms.element(data, start, end, 0)
        found.append(Node(data, tag, start, content, stop, after))
        start = after
    return found


def content_of(data: bytes) -> tuple[bytes, Node]:
    """ContentInfo (RFC 5652 3): the kind, and what it holds. Raises Odd and IndexError."""
    data = cms.binary(data)
    kind, holder = children(_listed(data, 0, len(data))[0])[:2]
    return kind.content, children(holder)[0]


def explicit(nodes: list[Node], tag: int) -> Node | None:
    """The first element with this tag."""
    return next((one for one in nodes if one.tag == tag), None)


def octets(node: Node, depth: int = 0) -> bytes:
    """An octet string, whole or in pieces; `node` may have a tag of its context. Raises Odd."""
    if depth > cms.DEEPEST:
        raise Odd
    if not node.tag & 0x20:
        return node.content
    return b"".join(octets(one, depth + 1) for one in children(node))
