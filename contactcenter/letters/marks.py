"""The code on a letter of ours and on its reply slip: scanned again, it leads to the case it came from.

It reads `KC2:<case number>:<contact id>:<proof>`; the proof is an HMAC with the installation's secret, 80 bits.
Who has the paper has been sent it, so it joins (docs/decisions/0051-proof-joins.md); a number that is merely written
never does.
"""

import base64
import hmac
import re
from dataclasses import dataclass

from contactcenter import tokens

MARK = "KC2:"
_CODE = re.compile(r"^KC2:(KC-\d{4}-\d{6,9}):(\d{1,18}):([A-Z2-7]{16})$")


@dataclass(frozen=True, slots=True)
class LetterMark:
    """Which letter of which case a page belongs to."""

    case_number: str
    contact_id: int


def code(case_number: str, contact_id: int) -> str:
    """The text of the QR code. Capitals and digits only, so the code stays small (ISO/IEC 18004, alphanumeric)."""
    body = f"{MARK}{case_number}:{contact_id}"
    return f"{body}:{_proof(body)}"


def parse(text: str) -> LetterMark | None:
    """What a code says, when its proof is right; None for any other."""
    match = _CODE.match(text.strip())
    if match is None:
        return None
    body, _, proof = text.strip().rpartition(":")
    right = hmac.compare_digest(proof, _proof(body))
    return LetterMark(match[1], int(match[2])) if right else None


def _proof(body: str) -> str:
    return base64.b32encode(tokens.keyed(b"letter:" + body.encode())[:10]).decode()
