"""The directory from a directory server (LDAP, Active Directory), read by OpenLDAP's own `ldapsearch`.

No LDAP library for Python is both alive and free of a compiler (docs/decisions/0077); OpenLDAP's program is, and knows
paging, StartTLS and certificates. It runs as a child with a time limit; the password goes through a file that only we
can read. What it writes is LDIF (RFC 2849).
"""

import asyncio
import base64
import binascii
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from contactcenter.directory.records import FIELDS, Fault, Record, doubles, record
from contactcenter.directory.settings import DirectorySettings
from contactcenter.errors import Misconfigured, Refused, Unavailable

PROGRAM = "ldapsearch"
LARGEST = 200 * 1024 * 1024
ATTRIBUTES = {
    "key": "objectGUID", "name": "displayName", "title": "title", "unit": "department", "work": "telephoneNumber",
    "mobile": "mobile", "email": "mail", "login": "sAMAccountName", "extension": "ipPhone",
}  # fmt: skip
"""Field -> attribute, as Active Directory has them."""
_WRONG = {32: "CC_DIRECTORY__LDAP_BASE does not exist there", 49: "CC_DIRECTORY__LDAP_USER or its password is wrong",
          34: "CC_DIRECTORY__LDAP_BASE is no DN", 87: "CC_DIRECTORY__LDAP_FILTER is no filter",
          249: "CC_DIRECTORY__LDAP_FILTER is no filter",
    254: "CC_DIRECTORY__LDAP_FILTER is no filter", 50: "CC_DIRECTORY__LDAP_USER may not search there",
          8: "the server wants a safer way; see CC_DIRECTORY__LDAP_TLS",
          13: "the server wants a safer way; see CC_DIRECTORY__LDAP_TLS"}  # fmt: skip

Entry = dict[str, list[bytes]]


async def fetch(settings: DirectorySettings, country: str = "46") -> tuple[list[Record], list[Fault]]:
    """Everybody that the server tells of. Raises Unavailable, or Misconfigured when it refuses."""
    attributes = _attributes(settings)
    with tempfile.TemporaryDirectory(prefix="kc-ldap-") as folder:
        text = await _run(settings, _command(settings, attributes, Path(folder)), Path(folder))
    return _records(entries(text), attributes, country)


def _attributes(settings: DirectorySettings) -> dict[str, str]:
    if unknown := set(settings.ldap_attributes) - {*FIELDS, "key"}:
        raise Misconfigured("directory_ldap", f"CC_DIRECTORY__LDAP_ATTRIBUTES: there is no field {min(unknown)}")
    return {name: attribute for name, attribute in (ATTRIBUTES | settings.ldap_attributes).items() if attribute}


def _command(settings: DirectorySettings, attributes: dict[str, str], folder: Path) -> list[str]:
    """No word of it is secret: a command line can be read by everybody on the machine."""
    secret = folder / "password"
    secret.touch(mode=0o600)
    secret.write_text(settings.ldap_password.get_secret_value(), encoding="utf-8")
    words = [PROGRAM, "-x", "-LLL", "-o", "ldif-wrap=no", "-o", "nettimeout=10", "-H", settings.ldap_url]
    words += ["-l", str(settings.ldap_timeout_seconds), "-E", f"pr={settings.ldap_page}/noprompt", "-s", "sub"]
    if settings.ldap_user:
        words += ["-D", settings.ldap_user, "-y", str(secret)]
    if settings.ldap_url.startswith("ldap://") and settings.ldap_tls == "starttls":
        words.append("-ZZ")
    return [*words, "-b", settings.ldap_base, settings.ldap_filter, *sorted(set(attributes.values()))]


async def _run(settings: DirectorySettings, command: list[str], folder: Path) -> bytes:
    environment = {"PATH": os.environ.get("PATH", ""), "LDAPNOINIT": "1", "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    if settings.ldap_ca_file or settings.ldap_url.startswith("ldaps") or settings.ldap_tls == "starttls":
        (folder / "ldap.conf").write_text(_certificates(settings), encoding="utf-8")
        environment = environment | {"LDAPCONF": str(folder / "ldap.conf")}
        del environment["LDAPNOINIT"]
    out = folder / "out"
    with out.open("wb") as sink:
        try:
            child = await asyncio.create_subprocess_exec(
                *command, stdout=sink, stderr=asyncio.subprocess.DEVNULL, stdin=asyncio.subprocess.DEVNULL,
                env=environment, cwd=folder,
            )  # fmt: skip
        except FileNotFoundError as cause:
            raise Misconfigured("ldap_program_missing", "ldapsearch is missing: apt install ldap-utils") from cause
        await _finished(child, settings)
    if out.stat().st_size > LARGEST:
        raise Refused("ldap_too_large", "the directory server tells too much")
    return await asyncio.to_thread(out.read_bytes)


def _certificates(settings: DirectorySettings) -> str:
    file = settings.ldap_ca_file.resolve() if settings.ldap_ca_file else "/etc/ssl/certs/ca-certificates.crt"
    return f"TLS_CACERT {file}\nTLS_REQCERT demand\n"


async def _finished(child: asyncio.subprocess.Process, settings: DirectorySettings) -> None:
    try:
        async with asyncio.timeout(settings.ldap_timeout_seconds + 15):
            code = await child.wait()
    except TimeoutError as slow:
        raise Unavailable("ldap_slow", "the directory server takes too long") from slow
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if code in _WRONG:
        raise Misconfigured("directory_ldap", _WRONG[code])
    if code:
        raise Unavailable("ldap_unreachable", f"the directory server cannot be read (result {code})")


def entries(ldif: bytes) -> Iterator[Entry]:
    """The entries of LDIF: attribute in small letters -> values. Referrals and comments are passed over."""
    entry: Entry = {}
    for line in (*_unfolded(ldif), b""):
        if not line:
            if entry:
                yield entry
            entry = {}
        elif not line.startswith((b"#", b"ref:", b"dn:")):
            name, _, value = line.partition(b":")
            key = name.partition(b";")[0].decode("ascii", "replace").lower()
            entry.setdefault(key, []).append(_value(value))


def _unfolded(ldif: bytes) -> Iterator[bytes]:
    whole: bytes | None = None
    for line in ldif.splitlines():
        if line.startswith(b" ") and whole:
            whole += line[1:]
            continue
        if whole is not None:
            yield whole
        whole = line
    if whole is not None:
        yield whole


def _value(raw: bytes) -> bytes:
    if raw.startswith(b":"):
        try:
            return base64.b64decode(raw[1:].strip(), validate=True)
        except binascii.Error:
            return b""
    return raw.removeprefix(b"<").strip()


def _records(found: Iterable[Entry], attributes: dict[str, str], country: str) -> tuple[list[Record], list[Fault]]:
    records, faults = list[Record](), list[Fault]()
    for place, entry in enumerate(found, 1):
        raw = {field: _text(field, entry.get(name.lower(), [])) for field, name in attributes.items()}
        one, wrong = record(raw, place, country)
        faults += wrong
        records += [one] if one else []
    kept, twice = doubles(records)
    return kept, faults + twice


def _text(field: str, values: list[bytes]) -> str:
    """Several values are search words, else the first counts. A key that is no text (a GUID) is written in hex."""
    if field == "words":
        return ";".join(value.decode("utf-8", "replace") for value in values)
    if not values:
        return ""
    try:
        text = values[0].decode("utf-8")
    except UnicodeDecodeError:
        return values[0].hex()
    return text if text.isprintable() or field != "key" else values[0].hex()
