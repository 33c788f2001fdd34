"""The verbs of the telephone, and the mirror of its calls kept true over cuts and restarts."""

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from contactcenter.errors import Misconfigured, Refused, Unavailable
from pbx import calls as fold_calls
from pbx import devices
from pbx.ami import AmiLink, Door, Down, Item, LinkState, Pace, Up
from pbx.calls import Call, CallKind, Calls, CallState, Change
from pbx.messages import Message, epoch, parse
from pbx.news import News
from pbx.plan import E164, EXTENSION
from pbx.seen import seen_calls

log = logging.getLogger(__name__)

VARIABLES = (
    "KC_CALL", "KC_STATE", "KC_NUMBER", "KC_TOPIC", "KC_KEY", "KC_QUEUED", "KC_CALLER", "KC_PRIVATE",
    "KC_PHONE", "KC_OFFER", "KC_CALLBACK", "KC_LANGUAGE", "KC_DESK", "KC_THIRD", "KC_CITIZEN_OF",
    "KC_HEARS",
)  # fmt: skip
TOKEN = re.compile(r"^[A-Za-z0-9_.-]{1,60}$")
ASK_AUTO_ANSWER = "PJSIP_HEADER(add,Call-Info)=<sip:kontaktcenter>\\;answer-after=0"
AGENT_RING_SECONDS = 30
CITIZEN_RING_SECONDS = 30
HANGUP_NORMAL = "16"  # Q.850 normal clearing

OnChanges = Callable[[Sequence[Change]], Awaitable[None]]


def new_callback_token(exchange: str = "kc") -> str:
    """The unique id that a call back will have in Asterisk: chosen before it is ordered, so it can be looked for.

    Like all ids it begins with the name of the exchange where it is ordered.
    """
    return f"{exchange}-back-{secrets.token_hex(8)}"


class Telephony:
    """`run` it; it tells `on_changes` everything that happens to calls, in order for each; what came together is told
    together, and who begins to wait first (`pbx.news`).

    `on_changes` must not return before the changes are safe (they are told once). `known` seeds the mirror after a
    restart with the calls that the core believes to be going on. `healthy` is asked before every heartbeat:
    while it says no, the exchange carries on by itself. Verbs raise `Refused`, `Unavailable`, `Misconfigured`.
    """

    def __init__(
        self, door: Door, on_changes: OnChanges, *, known: Iterable[Call] = (), pace: Pace | None = None,
        heartbeat_seconds: float = 5.0, on_state: Callable[[LinkState], None] = lambda _: None,
        healthy: Callable[[], bool] = lambda: True, on_message: Callable[[Message | None], None] = lambda _: None,
    ) -> None:  # fmt: skip
        """`on_message` is told every message before it is folded, and None whenever the mirror was made anew."""
        self._on_message = on_message
        self.calls = Calls(live={call.id: call for call in known})
        self.synced = asyncio.Event()
        self._link = AmiLink(door, self._take, pace=pace, on_state=on_state)
        self._on_changes = on_changes
        self._news = News()
        self._healthy = healthy
        self._every = heartbeat_seconds
        self._told: dict[str, str] = {}
        self._clock_ahead = 0.0

    async def run(self) -> None:
        """Until cancelled. Raises `Misconfigured` when the exchange refuses our login."""
        beside = [asyncio.create_task(self._beat(), name="exchange-heartbeat"), asyncio.create_task(self._tell_on())]
        try:
            await self._link.run()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    @property
    def state(self) -> LinkState:
        return self._link.state

    def device(self, phone: str) -> str:
        """Where the agent with that extension is rung now, as a dial string."""
        chosen = self._told.get(f"{devices.CHOSEN}{phone}", "")
        return devices.dial_string(self.calls.phones, phone, chosen)

    async def ring(
        self, call_id: str, phone: str, offer: str, *, auto_answer: bool = False, at: str = "", tape: str = ""
    ) -> None:
        """Ring that telephone for a waiting (or already ringing) call; the citizen goes on hearing music.

        With `auto_answer` the telephone is asked to answer by itself. `at` names the exchange where the telephone is,
        when that is another one (see `PhoneSettings.peers`). `tape`: the token that it is recorded
        under once both ends have heard so (see `contactcenter.tapes`). A call that a fallback telephone is being rung
        for is left alone.
        """
        call = self._call(call_id, {CallState.WAITING, CallState.RINGING, CallState.FALLBACK})
        if call.state is CallState.FALLBACK and call.legs:
            raise Refused("call_elsewhere", "a fallback telephone is ringing for this call")
        _demand(EXTENSION, phone, "extension")
        _demand(TOKEN, offer, "offer")
        await self._redirect(call, "kc-ring", f"{phone}*{offer}*{int(auto_answer)}*{at}*{tape}")

    async def withdraw(self, call_id: str) -> None:
        """Stop ringing; the citizen waits on with the same place."""
        await self._redirect(self._call(call_id, {CallState.RINGING}), "kc-wait", "s")

    async def answer_on_phone(self, call_id: str) -> None:
        """The agent pressed Answer on the screen: ring the same telephone again, asking it to answer by itself."""
        call = self._call(call_id, {CallState.RINGING})
        await self.ring(call_id, call.phone, call.offer, auto_answer=True)

    async def hang_up(self, call_id: str) -> None:
        """End the call for both ends."""
        call = self._call(call_id, set(CallState))
        await self.order("Hangup", {"Channel": call.citizen, "Cause": HANGUP_NORMAL})

    async def call_back(self, token: str, phone: str, number: str, shown: str) -> None:
        """Ring the agent's telephone, then `number` (E.164), which sees `shown`.

        Record `token` (see `new_callback_token`) first: the order is sent once and never again. After
        `Unavailable` the outcome is told as a change when the exchange can be looked at.
        """
        _demand(EXTENSION, phone, "extension")
        _demand(E164, number, "number")
        self._require_mirror()
        device = self.device(phone)
        call = Call(token, device, CallKind.CALLBACK, CallState.RINGING, shown, caller=number, phone=phone)
        self.calls = self.calls.with_call(call)
        fields = {
            "ActionID": token, "ChannelId": token, "Channel": device, "Context": "kc-callback",
            "Exten": number, "Priority": "1", "CallerID": number, "Timeout": str(AGENT_RING_SECONDS * 1000),
            "Variable": [f"KC_CALLBACK={token}", f"KC_SHOWN={shown}", ASK_AUTO_ANSWER],
        }  # fmt: skip
        try:
            await self._link.send("Originate", fields)
        except (Refused, Misconfigured):
            self.calls = self.calls.without(token)
            raise

    async def call_citizen(self, token: str, number: str, shown: str, sounds: Sequence[str]) -> None:
        """Ring `number` (E.164), which sees `shown`. Who answers hears `sounds`; pressing 1 they wait like any caller.

        `token` and `Unavailable` as with `call_back`.
        """
        _demand(E164, number, "number")
        self._require_mirror()
        channel = f"PJSIP/{number}@trunk"
        # Its channel's name is not told before it answers; Asterisk finds it by its unique id as well.
        call = Call(token, token, CallKind.CALLBACK, CallState.DIALLING, shown, caller=number)
        self.calls = self.calls.with_call(call)
        fields = {
            "ActionID": token, "ChannelId": token, "Channel": channel, "Context": "kc-citizen-first",
            "Exten": "s", "Priority": "1", "CallerID": shown, "Timeout": str(CITIZEN_RING_SECONDS * 1000),
            "Variable": [
                f"KC_CALLBACK={token}", "KC_STATE=dialling", f"KC_NUMBER={shown}", f"KC_CALLER={number}",
                f"KC_SAY={'&'.join(sounds)}",
            ],
        }  # fmt: skip
        try:
            await self._link.send("Originate", fields)
        except (Refused, Misconfigured):
            self.calls = self.calls.without(token)
            raise

    async def lead(self, phone: str, context: str, variable: str) -> None:
        """Ring a telephone of the house; whoever lifts is led into `context` of our dialplan. Sent once."""
        _demand(EXTENSION, phone, "extension")
        self._require_mirror()
        fields = {
            "Channel": self.device(phone), "Context": context, "Exten": "s", "Priority": "1",
            "Timeout": str(AGENT_RING_SECONDS * 1000), "Variable": [variable, ASK_AUTO_ANSWER],
        }  # fmt: skip
        await self._link.send("Originate", fields)

    async def announce_hours(self, point: int, *, is_open: bool, opens: str = "") -> None:
        """Tell the exchange whether that number is open, and with which prompts it says when it opens."""
        await self.tell(f"KC_OPENS_{point}", opens)
        await self.tell(f"KC_HOURS_{point}", "open" if is_open else "closed")

    async def tell(self, variable: str, value: str) -> None:
        """Have the dialplan know a global variable; told again whenever the exchange comes back."""
        if self._told.get(variable) != value:
            self._told[variable] = value
            if self.state.connected:
                await self._link.send("Setvar", {"Variable": variable, "Value": value})

    async def order(self, action: str, fields: dict[str, str]) -> None:
        """Send one action. Raises `Refused`, `Unavailable`."""
        await self._link.send(action, fields)

    async def _redirect(self, call: Call, context: str, exten: str) -> None:
        await self.order("Redirect", {"Channel": call.citizen, "Context": context, "Exten": exten, "Priority": "1"})

    def _require_mirror(self) -> None:
        """Nothing is ordered on a picture that may be old."""
        if not self.synced.is_set():
            raise Unavailable("exchange_away", "the telephone exchange is not connected")

    def call(self, call_id: str, states: set[CallState]) -> Call:
        """The call, when it is in one of `states`. Raises `Refused`, `Unavailable`."""
        return self._call(call_id, states)

    def _call(self, call_id: str, states: set[CallState]) -> Call:
        self._require_mirror()
        call = self.calls.live.get(call_id)
        if call is None:
            raise Refused("no_such_call", "the call has ended")
        if call.state not in states:
            raise Refused("call_elsewhere", f"the call is {call.state.value}")
        return call

    async def _take(self, item: Item) -> None:
        """The one consumer: everything that changes the mirror passes here, in order."""
        if isinstance(item, Up):
            try:
                await self._rebuild()
            except Exception:
                self._link.restart("unsynced")
                raise
        elif isinstance(item, Down):
            self.synced.clear()
        else:
            message = parse(item)
            if message is not None:
                self._on_message(message)
                self.calls, changes = fold_calls.fold(self.calls, message)
                self._news.put(changes)

    async def _rebuild(self) -> None:
        """Asterisk's list is the truth. What fails here cuts the link; the next `Up` tries again."""
        clock = await self._link.send("Getvar", {"Variable": "EPOCH"})
        theirs = epoch(clock.get("value"))
        self._clock_ahead = (theirs - datetime.now(UTC)).total_seconds() if theirs else 0.0
        rows = await self._link.rows("Status", {"Variables": ",".join(VARIABLES)})
        self.calls, changes = fold_calls.resync(self.calls, seen_calls(rows))
        log.info("action=exchange_mirrored calls=%d differences=%d", len(self.calls.live), len(changes))
        await self._learn_phones()
        self._on_message(None)
        for variable in list(self._told):  # more may be told meanwhile
            await self._link.send("Setvar", {"Variable": variable, "Value": self._told[variable]})
        self._news.put(changes)
        await self._news.join()
        await self._pulse()
        self.synced.set()

    async def _learn_phones(self) -> None:
        """Which telephones are registered here. What changes meanwhile comes after it, in order."""
        try:
            rows = await self._link.rows("DeviceStateList")
        except Refused:  # without res_manager_devicestate we learn it as it changes
            return
        for message in map(parse, rows):
            if message is not None:
                self.calls, changes = fold_calls.fold(self.calls, message)
                self._news.put(changes)

    async def _tell_on(self) -> None:
        """Beside the mirror: a slow store delays what is told, never what is known. A crowd is told in one go."""
        while True:
            changes = await self._news.take()
            try:
                await self._on_changes(changes)
            except Exception as fault:  # noqa: BLE001 (the next changes must be told all the same)
                log.error("action=changes_not_taken count=%d error=%s", len(changes), type(fault).__name__)
            self._news.done()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            if self.synced.is_set():
                with suppress(Unavailable, Refused):
                    await self._pulse()

    async def _pulse(self) -> None:
        """By the exchange's own clock: the dialplan compares with that."""
        if self._healthy():
            now = int(datetime.now(UTC).timestamp() + self._clock_ahead)
            await self._link.send("Setvar", {"Variable": "KC_ALIVE", "Value": str(now)})


def _demand(pattern: re.Pattern[str], value: str, what: str) -> None:
    if not pattern.match(value):
        raise Refused("unfit_value", f"not a usable {what}")
