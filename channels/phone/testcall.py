"""`contactcenter check --call`: a real call through the exchange, step by step, and why a step did not succeed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from channels.phone import exchanges, place
from contactcenter.errors import ContactCenterError, Misconfigured, Unavailable
from contactcenter.health import Health
from contactcenter.settings import Settings
from pbx import configure, devices
from pbx.ami import AmiLink, Door, Item, Packet
from pbx.exchange import running
from pbx.messages import PhoneChanged, parse
from pbx.plan import e164
from pbx.settings import PhoneSettings
from pbx.telephony import new_callback_token

CONNECT_SECONDS = 10
RING_SECONDS = 30
TALK_SECONDS = 30
KEY_OF_OURS = "5"
CAUSES = {
    "1": "there is no such number",
    "3": "there is no way there; is CC_PHONE__TRUNK_URI right?",
    "16": f"nobody answered within {RING_SECONDS} s",
    "17": "busy",
    "18": "the other end does not answer to SIP",
    "19": f"nobody answered within {RING_SECONDS} s",
    "20": "the operator cannot be reached; is CC_PHONE__TRUNK_URI right, and SIP let through the firewall?",
    "21": "refused: does the operator know our address, or our name and password?",
    "28": "there is no such number",
    "34": "the operator has no line free",
    "38": "the operator's network is out of order",
    "58": "no sound format in common with the operator",
}
"""Q.850 cause of the hang-up -> what it means."""
NO_SOUND = (
    "no sound came back: let UDP {first}-{last} through the firewall, and behind NAT set "
    "CC_PHONE__EXTERNAL_ADDRESS and CC_PHONE__LOCAL_NETWORKS"
)


@dataclass
class _Heard:
    """What the exchange has said about the call so far."""

    token: str = ""
    steps: dict[str, Packet] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, item: Item) -> None:
        if isinstance(item, Packet):
            if item.get("userevent") == "KcTest":
                self.steps[item.get("step")] = item
            elif item.get("event") == "Hangup" and item.get("uniqueid") == self.token:
                self.steps["ended"] = item
            elif item.get("event") == "OriginateResponse" and item.get("actionid") == self.token:
                self.steps["originated"] = item
        self.news.set()

    async def until(self, *steps: str, within: float) -> Packet | None:
        """The first of these that is told; None when none is in time."""
        try:
            async with asyncio.timeout(within):
                while True:
                    for step in steps:
                        if step in self.steps:
                            return self.steps[step]
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            return None


async def run(settings: Settings, number: str = "") -> list[Health]:
    """Call ourselves, or `number` through the operator's trunk (a person answers and presses a key)."""
    phone = place.exchange_settings(settings)
    findings: list[Health] = []
    try:
        async for finding in _steps(settings, phone, number):
            findings.append(finding)
            if not finding.ok:
                break
    except ContactCenterError as error:
        findings.append(Health("call", ok=False, code=error.code, hint=error.text))
    return findings


async def _steps(settings: Settings, phone: PhoneSettings, number: str) -> AsyncIterator[Health]:
    wanted = e164(number, phone.country_code) if number else ""
    if number and not wanted:
        raise Misconfigured("unfit_number", "that is not a telephone number")
    if wanted and not phone.trunk_uri:
        raise Misconfigured("trunk_uri", "there is no trunk to call through; see CC_PHONE__TRUNK_URI")
    heard = _Heard(token=new_callback_token(phone.name).replace("-back-", "-test-"))
    async with _linked(_door(settings, phone), heard) as link:
        yield Health("exchange", ok=True, hint="signed in")
        yield await _registered(link)
        await _dial(link, heard.token, wanted)
        yield Health("dialled", ok=True, hint=wanted or "the exchange itself")
        yield await _answered(heard)
        yield await _sound(heard, phone)
        yield _key(heard, wanted)


def _door(settings: Settings, phone: PhoneSettings) -> Door:
    if phone.exchange == "none":
        raise Misconfigured("exchange", "the telephone is switched off (CC_PHONE__EXCHANGE)")
    if phone.exchange == "external":
        return exchanges.external(phone)
    folder = settings.data_dir / "pbx"
    if not running(folder.resolve()):
        raise Unavailable("not_running", "the exchange is not running; start contactcenter serve first")
    rendered = configure.load(folder, phone)
    return Door(rendered.ami_host, rendered.ami_port, rendered.ami_user, rendered.ami_secret)


@asynccontextmanager
async def _linked(door: Door, heard: _Heard) -> AsyncIterator[AmiLink]:
    up = asyncio.Event()
    link = AmiLink(door, heard.take, on_state=lambda state: up.set() if state.connected else None)
    running_link, waiting = asyncio.create_task(link.run()), asyncio.create_task(up.wait())
    try:
        await asyncio.wait({running_link, waiting}, timeout=CONNECT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if running_link.done():
            running_link.result()  # raises what was wrong with our name or secret
        if not up.is_set():
            hint = exchanges.HINTS.get(link.state.reason, "")
            raise Unavailable(f"link_{link.state.reason}", f"{door.host}:{door.port}: {hint}")
        yield link
    finally:
        for task in (running_link, waiting):
            task.cancel()
        await asyncio.gather(running_link, waiting, return_exceptions=True)


async def _registered(link: AmiLink) -> Health:
    """None at all is worth saying, but no reason not to call."""
    told = [parse(row) for row in await link.rows("DeviceStateList")]
    phones = [one for one in told if isinstance(one, PhoneChanged)]
    there = [one.phone for one in phones if one.state not in devices.GONE]
    return Health("telephones", ok=True, hint=f"{len(there)} of {len(phones)} registered")


async def _dial(link: AmiLink, token: str, number: str) -> None:
    channel = f"PJSIP/{number}@trunk" if number else "PJSIP/test@kc-test"
    fields = {
        "ActionID": token, "ChannelId": token, "Channel": channel,
        "Context": "kc-test-call", "Exten": "outside" if number else "self",
        "Priority": "1", "Timeout": str(RING_SECONDS * 1000), "Variable": [f"KC_TEST={token}"],
    }  # fmt: skip
    await link.send("Originate", fields)


async def _answered(heard: _Heard) -> Health:
    told = await heard.until("answered", "originated", within=RING_SECONDS + 5)
    if told is None:
        return Health("answered", ok=False, code="no_answer", hint="the exchange said nothing of the call")
    if told.get("response") == "Failure":
        ended = await heard.until("ended", within=1)
        cause = ended.get("cause") if ended else "3"
        return Health("answered", ok=False, code="not_answered", hint=CAUSES.get(cause, f"Q.850 cause {cause}"))
    return Health("answered", ok=True)


async def _sound(heard: _Heard, phone: PhoneSettings) -> Health:
    told = await heard.until("sound", within=TALK_SECONDS)
    if told is None:
        return Health("sound", ok=False, code="cut", hint="the call ended before it could be measured")
    sent, received = told.get("sent") or "0", told.get("received") or "0"
    if not int(received):
        hint = NO_SOUND.format(first=phone.rtp_first, last=phone.rtp_last)
        return Health("sound", ok=False, code="one_way", hint=f"{sent} packets sent, {received} received; {hint}")
    return Health("sound", ok=int(sent) > 0, hint=f"{sent} packets sent, {received} received")


def _key(heard: _Heard, number: str) -> Health:
    told = heard.steps.get("key")
    key = told.get("key") if told else ""
    well = bool(key) if number else key == KEY_OF_OURS
    missing = "no key was heard; the operator must send keys as RFC 4733 or SIP INFO"
    return Health("keys", ok=well, code="" if well else "no_key", hint=f"{key} was heard" if well else missing)
