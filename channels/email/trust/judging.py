"""What is found about a mail's sender, in one word: from our own questions, or from the server before us.

Confirmed is what DMARC confirms, or where the domain publishes no policy, what is aligned as if it did. Forged is only
what the domain's owner asks to be taken so. Ordinary mail without any proof is neither.
"""

import asyncio
import re
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Any

from channels.email.trust import arc, canonical, dkim, dmarc, results, spf
from channels.email.trust.canonical import Field
from channels.email.trust.names import Names
from channels.email.trust.settings import TrustSettings

LONGEST_HEAD = 1 << 20
"""Bytes of the header that are looked at."""
TOGETHER_SECONDS = 20.0
"""Longest time for all questions about one mail."""
_BY_HAND = re.compile(r"\s*from\s+([\w.:\[\]-]{1,255})[^;]*?\[(?:IPv6:)?([0-9a-fA-F.:]{2,45})\]", re.IGNORECASE)


class Verdict(StrEnum):
    """What an agent reads."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class Findings:
    """What is known of a mail's sender."""

    verdict: Verdict = Verdict.UNCONFIRMED
    why: str = "not_checked"
    """Code: `dmarc`, `aligned`, `forwarded` (a trusted seal), `policy` (the owner asks for it), `no_proof`,
    `no_answer` (the DNS could not be asked), `several_senders`, `not_checked`."""
    by: str = ""
    """`own` or `gateway`."""
    domain: str = ""
    """The domain in From."""
    spf: str = ""
    dkim: str = ""
    dmarc: str = ""
    arc: str = ""
    signed_by: tuple[str, ...] = ()
    """Domains with a valid signature."""

    def facts(self) -> dict[str, Any]:
        """As it is stored with the contact."""
        return {name: value for name, value in asdict(self).items() if value} | {"verdict": self.verdict.value}


@dataclass(frozen=True, slots=True)
class Came:
    """How a mail came to us."""

    peer: str
    mail_from: str
    helo: str
    trusted: bool
    """Whether it came through a mail server of ours."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """What the four methods say."""

    spf: str = ""
    spf_domain: str = ""
    dkim: str = ""
    signed_by: tuple[str, ...] = ()
    dmarc: str = ""
    wish: str = ""
    arc: str = ""
    vouched: bool = False
    """Whether a trusted seal says that the mail was confirmed before it was passed on."""
    unasked: bool = field(default=False)
    """Whether the DNS was silent."""


def is_trusted(peer: str, settings: TrustSettings) -> bool:
    """Whether this is a mail server of ours (or the mailbox that a mail was fetched from)."""
    if peer == "imap":
        return True
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    return any(address in one for one in settings.trusted_gateways)


def came(raw: bytes, envelope: dict[str, Any], settings: TrustSettings) -> Came:
    """Who handed the mail over to the first server of ours."""
    peer, helo = str(envelope.get("peer", "")), str(envelope.get("helo", ""))
    mail_from = str(envelope.get("mail_from") or "")
    if not is_trusted(peer, settings):
        return Came(peer, mail_from, helo, trusted=False)
    for name, value in canonical.apart(raw)[0][:100]:
        if name.strip().lower() != b"received":
            continue
        found = _BY_HAND.match(value.decode("utf-8", "replace"))
        if found is None:
            break
        if is_trusted(found[2], settings) or _inside(found[2]):
            continue  # from one server of ours to the next
        return Came(found[2], mail_from, found[1].strip("[]"), trusted=True)
    return Came("", mail_from, "", trusted=True)


def _inside(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def head_of(raw: bytes) -> bytes:
    """The header alone, a megabyte of it at most."""
    ends = [at for mark in (b"\r\n\r\n", b"\n\n") if (at := raw.find(mark, 0, LONGEST_HEAD)) >= 0]
    return raw[: min(ends, default=LONGEST_HEAD - 4)] + b"\r\n\r\n"


async def judge(
    raw: bytes,
    known: dkim.Bodies,
    envelope: dict[str, Any],
    sender: str,
    settings: TrustSettings,
    names: Names,
    now: float,
) -> Findings:
    """What is found about `sender`, the address in From. Never raises; takes `TOGETHER_SECONDS` at most.

    `raw`: the mail, of which only the header is looked at; `known`: what `dkim.bodies` found in all of it.
    """
    raw = head_of(raw)
    domain = dmarc.ascii_name(sender.rpartition("@")[2])
    how = came(raw, envelope, settings)
    if settings.check_senders == "none":
        return Findings(domain=domain)
    head = canonical.apart(raw)[0]
    if sum(name.strip().lower() == b"from" for name, _ in head) > 1:
        return Findings(Verdict.UNCONFIRMED, "several_senders", settings.check_senders, domain)
    if settings.check_senders == "gateway":
        return _by_gateway(head, domain, how, settings)
    try:
        async with asyncio.timeout(TOGETHER_SECONDS):
            proofs = await _own(raw, known, domain, how, settings, names, now)
    except TimeoutError:
        proofs = Proofs(unasked=True)
    return _findings(proofs, domain, "own")


def _by_gateway(head: list[Field], domain: str, how: Came, settings: TrustSettings) -> Findings:
    ids = frozenset(one.lower() for one in settings.trusted_authserv_ids)
    found = results.trusted(head, ids) if how.trusted and ids else {}
    return conclude(found, domain)


def conclude(found: results.Found, domain: str) -> Findings:
    """What follows from a trusted server's results."""
    return _findings(_told(found), domain, "gateway") if found else Findings(domain=domain)


def _told(found: results.Found) -> Proofs:
    """From what a server wrote."""
    first = {method: said[0] for method, said in found.items() if said}
    spf_, dmarc_ = first.get("spf", {}), first.get("dmarc", {})
    passed = [one for one in found.get("dkim", []) if one["result"] == "pass"]
    mail_from = spf_.get("smtp.mailfrom") or spf_.get("smtp.helo", "")
    signed = [one.get("header.d") or one.get("header.i", "").rpartition("@")[2] for one in passed]
    verdict = dmarc_.get("result", "")
    wish = dmarc_.get("policy.dmarc") or dmarc_.get("policy.published-domain-policy") or dmarc_.get("p", "")
    if verdict == "fail" and not wish and dmarc_.get("action") in ("quarantine", "reject", "oreject"):
        wish = "reject"  # Exchange says what it did, not what was asked for
    return Proofs(
        spf=spf_.get("result", ""),
        spf_domain=mail_from.rpartition("@")[2] if spf_.get("result") == "pass" else "",
        dkim="pass" if passed else first.get("dkim", {}).get("result", ""),
        signed_by=tuple(one for one in signed if one),
        dmarc="pass" if verdict == "bestguesspass" else verdict,
        wish=wish,
        arc=first.get("arc", {}).get("result", ""),
    )


async def _own(
    raw: bytes, known: dkim.Bodies, domain: str, how: Came, settings: TrustSettings, names: Names, now: float
) -> Proofs:
    """From our own questions."""
    asked, asked_for = await spf.check(how.peer, how.mail_from, how.helo, names)
    signatures = await dkim.verify(raw, names.txt, now, known)
    passed = tuple(dict.fromkeys(one.domain for one in signatures if one.result is dkim.Result.PASS))
    spf_domain = asked_for if asked is spf.Result.PASS else ""
    result, wish = await dmarc.check(domain, spf_domain, list(passed), names)
    chain = await arc.verify(raw, names.txt, known) if result is not dmarc.Result.PASS else arc.Chain()
    return Proofs(
        spf=asked.value,
        spf_domain=spf_domain,
        dkim="pass" if passed else signatures[0].result.value if signatures else "none",
        signed_by=passed,
        dmarc=result.value,
        wish=wish,
        arc=chain.result,
        vouched=_vouched(chain, domain, settings),
        unasked=_is_unasked(how) or "temperror" in (asked, result, *(one.result for one in signatures)),
    )


def _is_unasked(how: Came) -> bool:
    """A mail of our own house comes from nowhere that SPF could speak of."""
    return how.trusted and not how.peer


def _vouched(chain: arc.Chain, domain: str, settings: TrustSettings) -> bool:
    trusted = {dmarc.ascii_name(one) for one in settings.trusted_arc_sealers}
    if chain.result != "pass" or not chain.sealers or not set(chain.sealers) <= trusted:
        return False
    proofs = _told(results.read(chain.said[0])[1])  # what the first found, who had it from the sender
    return proofs.dmarc == "pass" or _aligned(proofs, domain)


def _aligned(proofs: Proofs, domain: str) -> bool:
    return any(dmarc.aligned(one, domain) for one in (proofs.spf_domain, *proofs.signed_by))


def _findings(proofs: Proofs, domain: str, by: str) -> Findings:
    verdict, why = _concluded(proofs, domain)
    return Findings(
        verdict, why, by, domain, proofs.spf, proofs.dkim, proofs.dmarc, proofs.arc, proofs.signed_by
    )  # fmt: skip


def _concluded(proofs: Proofs, domain: str) -> tuple[Verdict, str]:
    if proofs.dmarc == "pass":
        return Verdict.CONFIRMED, "dmarc"
    if proofs.vouched:
        return Verdict.CONFIRMED, "forwarded"
    if proofs.dmarc in ("", "none") and _aligned(proofs, domain):
        return Verdict.CONFIRMED, "aligned"
    if proofs.unasked:
        return Verdict.UNCONFIRMED, "no_answer"
    if proofs.dmarc == "fail" and proofs.wish in ("quarantine", "reject"):
        return Verdict.FORGED, "policy"
    return Verdict.UNCONFIRMED, "no_proof"
