"""The manager interface over TLS, with a real Asterisk and an authority of our own."""

import asyncio
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from contactcenter.errors import Misconfigured
from pbx.ami import AmiLink, Door, Item, LinkState, Packet, Up
from pbx.exchange import Exchange
from pbx.settings import PhoneSettings
from pbx.sipp import Citizen
from tests.fixtures.exchange import BRISK, DIRECT, PLAN, settings
from tests.support import eventually, free_port

pytestmark = [pytest.mark.asterisk]


@dataclass(frozen=True)
class Secured:
    exchange: Exchange
    port: int
    authority: Path
    stranger: Path


def openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def authority(folder: Path, name: str) -> Path:
    """A certificate that signs others; its key beside it."""
    file = folder / f"{name}.pem"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-keyout", str(folder / f"{name}.key"), "-out", str(file))  # fmt: skip
    return file


def certificate(folder: Path, signer: Path) -> tuple[Path, Path]:
    """For 127.0.0.1, and its key."""
    key, request, made = folder / "exchange.key", folder / "exchange.csr", folder / "exchange.pem"
    names = folder / "names"
    names.write_text("subjectAltName = IP:127.0.0.1\n")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=exchange", "-keyout", str(key), "-out", str(request))
    openssl("x509", "-req", "-in", str(request), "-CA", str(signer), "-CAkey", str(signer.with_suffix(".key")),
            "-CAcreateserial", "-days", "2", "-extfile", str(names), "-out", str(made))  # fmt: skip
    return made, key


@pytest.fixture(scope="module")
def secured() -> Iterator[Secured]:
    folder = Path(tempfile.mkdtemp(prefix="kc-"))
    ours, stranger = authority(folder, "ours"), authority(folder, "stranger")
    made, key = certificate(folder, ours)
    port = free_port()
    chosen = settings(ami_tls_port=port, ami_cert_file=made, ami_key_file=key)
    exchange = Exchange.prepare(folder / "pbx", PLAN, chosen)
    with (exchange.rendered.folder / "etc" / "manager.conf").open("a", encoding="utf-8") as file:
        file.write("[everything]\nsecret = allt\nread = all\nwrite = call\n")
    asyncio.run(exchange.start())
    yield Secured(exchange, port, ours, stranger)
    asyncio.run(exchange.stop())
    shutil.rmtree(folder, ignore_errors=True)


class Ear:
    """Keeps all that came."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    async def take(self, item: Item) -> None:
        self.items.append(item)


def link(secured: Secured, tls: ssl.SSLContext | None, ear: Ear) -> AmiLink:
    rendered = secured.exchange.rendered
    door = Door("127.0.0.1", secured.port, rendered.ami_user, rendered.ami_secret, tls)
    return AmiLink(door, ear.take, pace=BRISK)


def trusting(file: Path) -> ssl.SSLContext | None:
    return PhoneSettings(ami_tls=True, ami_ca_file=file).tls()


async def test_signed_in_over_tls_with_our_own_authority(secured: Secured) -> None:
    ear = Ear()
    ami = link(secured, trusting(secured.authority), ear)
    task = asyncio.create_task(ami.run())
    await eventually(lambda: ear.items == [Up()])
    answer: Packet = await ami.send("Getvar", {"Variable": "EPOCH"})
    assert int(answer.get("value")) > 0
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("whose", ["stranger", "nobody"])
async def test_a_certificate_of_somebody_else_is_refused_and_said(secured: Secured, whose: str) -> None:
    tls = trusting(secured.stranger) if whose == "stranger" else PhoneSettings(ami_tls=True).tls()
    async with asyncio.timeout(10):
        with pytest.raises(Misconfigured) as refused:
            await link(secured, tls, Ear()).run()
    assert refused.value.code == "ami_certificate"
    assert "CC_PHONE__AMI_CA_FILE" in refused.value.text


async def test_plain_words_at_the_tls_door_get_nowhere(secured: Secured) -> None:
    states: asyncio.Queue[LinkState] = asyncio.Queue()
    ami = link(secured, None, Ear())
    ami._on_state = states.put_nowait
    task = asyncio.create_task(ami.run())
    async with asyncio.timeout(10):
        first = await states.get()
    assert not first.connected
    assert first.reason in ("silent", "lost")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_only_what_is_used_crosses_the_wire(secured: Secured) -> None:
    """The same call heard by our manager user and by one without a filter: counted."""
    rendered = secured.exchange.rendered
    ours, everything = Ear(), Ear()
    doors = [
        (Door(rendered.ami_host, rendered.ami_port, rendered.ami_user, rendered.ami_secret), ours),
        (Door(rendered.ami_host, rendered.ami_port, "everything", "allt"), everything),
    ]
    links = [AmiLink(door, ear.take, pace=BRISK) for door, ear in doors]
    tasks = [asyncio.create_task(one.run()) for one in links]
    await eventually(lambda: all(one.state.connected for one in links))
    citizen = await Citizen(rendered.host, rendered.sip_port, dialled=DIRECT).call()
    await eventually(lambda: "KcWaiting" in kinds(ours))
    await citizen.hang_up()
    await eventually(lambda: "Hangup" in kinds(ours) and "Hangup" in kinds(everything))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    heard, all_of_it = kinds(ours), kinds(everything)
    assert not [kind for kind in heard if kind in ("Newexten", "VarSet", "RTCPSent", "Newstate", "MusicOnHoldStart")]
    assert len(all_of_it) > 5 * len(heard), (len(all_of_it), len(heard))


def kinds(ear: Ear) -> list[str]:
    """What came, by name."""
    packets = [item for item in ear.items if isinstance(item, Packet)]
    return [one.get("userevent") or one.get("event") for one in packets]


def test_the_key_stays_out_of_what_is_rendered(secured: Secured) -> None:
    manager = (secured.exchange.rendered.folder / "etc" / "manager.conf").read_text(encoding="utf-8")
    assert "tlsenable = yes" in manager
    assert "PRIVATE KEY" not in manager


def test_tls_without_a_certificate_is_named() -> None:
    folder = Path(tempfile.mkdtemp(prefix="kc-"))
    with pytest.raises(Misconfigured, match="AMI_CERT_FILE"):
        Exchange.prepare(folder, PLAN, settings(ami_tls_port=5039))
    shutil.rmtree(folder)
