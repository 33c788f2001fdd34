"""What we send is signed: it holds by our own check, by an independent one, and nothing can be put into it."""

import json
import subprocess
import time
from pathlib import Path

import pytest

from channels.email.trust import arc, canonical, dkim, key_command, sealing
from channels.email.trust.dkim import Result
from channels.email.trust.sealing import Key, Keyring, Kind, keyring
from channels.email.trust.settings import TrustSettings
from contactcenter.errors import Misconfigured

NOW = int(time.time())
MAIL = (
    b"Message-ID: <1@solvik.example>\r\nFrom: =?utf-8?q?Bygg_i_Solvik?= <bygg@solvik.example>\r\n"
    b"To: eva@citizen.example\r\nSubject: Ditt =?utf-8?q?=C3=A4rende?=\r\n"
    b"References: <a@b.example>\r\n <c@d.example>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    b"Hej  Eva!  \r\n.\r\n\r\nMvh\t\r\n\r\n\r\n"
)
INDEPENDENT = """
import json, sys
import dkim
data = json.loads(sys.stdin.read())
mail = data["mail"].encode("latin-1")
lookup = lambda name, timeout=5: data["records"].get(name.decode().rstrip("."), "").encode() or None
print(json.dumps(dkim.verify(mail, dnsfunc=lookup)))
"""
KINDS = pytest.mark.parametrize("kind", ["rsa", "ed25519"])


def key_in(folder: Path, kind: Kind, domain: str = "solvik.example") -> Key:
    return sealing.make(domain, "kc", kind, folder / f"{domain}.pem")


async def held(raw: bytes, *keys: Key) -> list[dkim.Signed]:
    async def lookup(name: str) -> tuple[str, ...]:
        return tuple(key.record for key in keys if key.place == name)

    return await dkim.verify(raw, lookup, NOW)


@KINDS
async def test_a_signature_of_ours_holds(kind: Kind, tmp_path: Path) -> None:
    key = key_in(tmp_path, kind)
    (found,) = await held(sealing.sign(MAIL, key, NOW), key)
    assert (found.result, found.domain, found.selector) == (Result.PASS, "solvik.example", "kc")
    assert canonical.apart(sealing.sign(MAIL, key, NOW))[1] == canonical.apart(MAIL)[1]
    assert (tmp_path / "solvik.example.pem").stat().st_mode & 0o077 == 0


@KINDS
def test_an_independent_program_says_the_same(kind: Kind, tmp_path: Path) -> None:
    """Debian's dkimpy, run by the system's Python."""
    python = ["/usr/bin/python3", "-c"]
    needed = "import dkim, nacl.signing" if kind == "ed25519" else "import dkim"
    if subprocess.run([*python, needed], capture_output=True, check=False).returncode:
        pytest.skip("python3-dkim or python3-nacl is not installed")
    key = key_in(tmp_path, kind)
    signed = sealing.sign(MAIL, key, NOW)
    for raw, wanted in ((signed, "true"), (signed.replace(b"Hej", b"Nej"), "false")):
        question = json.dumps({"mail": raw.decode("latin-1"), "records": {key.place: key.record}})
        answer = subprocess.run(
            [*python, INDEPENDENT], input=question, capture_output=True, text=True, check=True, timeout=60
        )
        assert answer.stdout.strip() == wanted, answer.stderr


@KINDS
@pytest.mark.parametrize("added", [b"From: x@forger.example", b"Subject: Pay", b"Cc: x@y.example", b"Reply-To: x@y.z"])
async def test_no_field_can_be_added(kind: Kind, added: bytes, tmp_path: Path) -> None:
    key = key_in(tmp_path, kind)
    signed = sealing.sign(MAIL, key, NOW)
    assert (await held(added + b"\r\n" + signed, key))[0].result is Result.FAIL


async def test_the_key_of_the_domain_or_of_one_above_it_signs(tmp_path: Path) -> None:
    key = key_in(tmp_path, "ed25519")
    ring = Keyring({"solvik.example": key})
    below = MAIL.replace(b"bygg@solvik.example", b"bygg@skola.solvik.example")
    assert (await held(ring.signed(below, NOW), key))[0].result is Result.PASS
    for other in (MAIL.replace(b"solvik.example>", b"tveby.example>"), b"To: x@y.example\r\n\r\nNo sender\r\n"):
        assert ring.signed(other, NOW) == other


def test_keys_come_from_the_settings(tmp_path: Path) -> None:
    key_in(tmp_path, "ed25519")
    path = tmp_path / "solvik.example.pem"
    settings = TrustSettings(dkim_keys={"solvik.example": path}, dkim_selectors={"solvik.example": "s2"})
    assert keyring(settings).signed(MAIL, NOW).startswith(b"DKIM-Signature: v=1; a=ed25519-sha256;")
    assert b"s=s2;" in keyring(settings).signed(MAIL, NOW)
    path.write_text("no key")
    with pytest.raises(Misconfigured, match="DKIM_KEYS"):
        keyring(settings)


@KINDS
def test_the_command_says_what_to_publish_and_never_overwrites(kind: Kind, tmp_path: Path) -> None:
    said = key_command.made("Solvik.Example", "kc", kind, tmp_path)
    assert 'kc._domainkey.solvik.example. IN TXT ( "v=DKIM1; k=' in said
    assert max(len(part) for part in said.split('"')) <= key_command.LONGEST_STRING
    with pytest.raises(Misconfigured):
        key_command.made("Solvik.Example", "kc", kind, tmp_path)
    for wrong in ("solvik", "a b.example", "../x.example"):
        with pytest.raises(Misconfigured):
            key_command.made(wrong, "kc", kind, tmp_path)


def passed_on(raw: bytes, key: Key, instance: int, said: str) -> bytes:
    """What a list server of RFC 8617 does: its own set on top, over all sets before."""
    fields, body = canonical.apart(raw)
    import base64
    import hashlib

    digest = base64.b64encode(hashlib.sha256(canonical.body(body, relaxed=True)).digest()).decode()
    common = f"a={key.kind}-sha256; d={key.domain}; s={key.selector}; t={NOW};"
    results = f" i={instance}; {key.domain}; {said}\r\n".encode()
    message = f" i={instance}; {common} c=relaxed/relaxed; h=from:subject; bh={digest}; b=".encode()
    over = dkim.chosen(fields, ["from", "subject"], relaxed=True)
    over += canonical.field(b"ARC-Message-Signature", message, relaxed=True).removesuffix(b"\r\n")
    message += base64.b64encode(key.signature(over)) + b"\r\n"
    seal = f" i={instance}; {common} cv={'none' if instance == 1 else 'pass'}; b=".encode()
    arc_fields = [(n, v) for n, v in fields if n.lower().startswith(b"arc-")]
    before = [arc_fields[at : at + 3] for at in range(0, len(arc_fields), 3)][::-1]
    rows = [*(row for one in before for row in (one[2], one[1], one[0])), (b"ARC-Authentication-Results", results)]
    rows += [(b"ARC-Message-Signature", message), (b"ARC-Seal", seal)]
    data = b"".join(canonical.field(*row, relaxed=True) for row in rows).removesuffix(b"\r\n")
    seal += base64.b64encode(key.signature(data)) + b"\r\n"
    head = b"ARC-Seal:" + seal + b"ARC-Message-Signature:" + message + b"ARC-Authentication-Results:" + results
    return head + raw


async def test_a_chain_of_seals(tmp_path: Path) -> None:
    first, second = key_in(tmp_path, "rsa", "list.example"), key_in(tmp_path, "ed25519", "forward.example")

    async def lookup(name: str) -> tuple[str, ...]:
        return tuple(key.record for key in (first, second) if key.place == name)

    once = passed_on(MAIL, first, 1, "dmarc=pass header.from=solvik.example")
    twice = passed_on(once, second, 2, "dmarc=fail")
    assert (await arc.verify(once, lookup)).sealers == ("list.example",)
    found = await arc.verify(twice, lookup)
    assert (found.result, found.sealers) == ("pass", ("list.example", "forward.example"))
    assert "dmarc=pass" in found.said[0]
    assert (await arc.verify(MAIL, lookup)).result == "none"
    for old, new in ((b"dmarc=pass", b"dmarc=best"), (b"Hej", b"Nej"), (b"cv=none", b"cv=pass"), (b" i=1;", b" i=3;")):
        assert (await arc.verify(twice.replace(old, new), lookup)).result == "fail", old
