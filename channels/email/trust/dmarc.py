"""DMARC (RFC 7489): whether what was proven belongs to the domain that the reader sees, and what its owner wishes."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from publicsuffixlist import PublicSuffixList

from channels.email.trust import tags
from channels.email.trust.names import Names, NoAnswer


class Result(StrEnum):
    """RFC 7489 11.2."""

    NONE = "none"
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a domain publishes."""

    wish: str = ""
    """`none`, `quarantine` or `reject`; empty: there is no policy."""
    strict_dkim: bool = False
    strict_spf: bool = False


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def ascii_name(domain: str) -> str:
    """A domain as it stands in the DNS."""
    lower = domain.lower().strip().rstrip(".")
    if lower.isascii():
        return lower
    try:
        return lower.encode("idna").decode()
    except UnicodeError:
        return lower


def organisational(domain: str) -> str:
    """The domain that its owner registered (RFC 7489 3.2): one label more than the public suffix."""
    name = ascii_name(domain)
    return str(_suffixes().privatesuffix(name) or name)


def aligned(proven: str, shown: str, *, strict: bool = False) -> bool:
    """Whether a proven domain speaks for the one that is shown (RFC 7489 3.1)."""
    one, other = ascii_name(proven), ascii_name(shown)
    return bool(one) and (one == other or (not strict and organisational(one) == organisational(other)))


async def policy(domain: str, names: Names) -> Policy:
    """The policy for mail from `domain`, its own or that of the organisational domain. Raises NoAnswer, ValueError."""
    own, above = ascii_name(domain), organisational(domain)
    if "." not in own or len(own) > 240:
        return Policy()
    found = await _record(own, names)
    if found:
        return _read(found, "p")
    found = await _record(above, names) if above != own else ""
    return _read(found, "sp") if found else Policy()


async def _record(domain: str, names: Names) -> str:
    records = [one for one in await names.txt(f"_dmarc.{domain}") if one.replace(" ", "").startswith("v=DMARC1")]
    return records[0] if len(records) == 1 else ""


def _read(record: str, which: str) -> Policy:
    found = tags.read(record)
    wish = (found.get(which) or found.get("p", "")).lower()
    if wish not in ("none", "quarantine", "reject"):
        if "rua" not in found:
            raise ValueError("no policy")
        wish = "none"  # RFC 7489 6.6.3
    return Policy(wish, found.get("adkim", "r").lower() == "s", found.get("aspf", "r").lower() == "s")


async def check(shown: str, spf_passed: str, signed_by: list[str], names: Names) -> tuple[Result, str]:
    """DMARC's result and the owner's wish. `shown` is the domain in From; `spf_passed` the one that SPF passed for,
    `signed_by` those with a valid signature. Never raises."""
    try:
        found = await policy(shown, names)
    except NoAnswer:
        return Result.TEMPERROR, ""
    except ValueError:
        return Result.PERMERROR, ""
    if not found.wish:
        return Result.NONE, ""
    by_spf = aligned(spf_passed, shown, strict=found.strict_spf)
    by_dkim = any(aligned(one, shown, strict=found.strict_dkim) for one in signed_by)
    return (Result.PASS if by_spf or by_dkim else Result.FAIL), found.wish
