"""What an agent does with a call that was answered: hold, consult, hand on, confer, park, send tones.

Everything is one Redirect of the citizen's leg (with the agent's leg beside it) into `kc-desk.conf`; what became of it
comes back as a change of the mirror. The verbs raise `Refused` and `Unavailable` as those of `Telephony` do.
"""

import re

from contactcenter.errors import Refused
from pbx.call import Call, CallKind, CallState
from pbx.plan import E164, EXTENSION
from pbx.telephony import HANGUP_NORMAL, Telephony

TONES = re.compile(r"^[0-9*#ABCD]{1,32}$")
TECHNOLOGY = "PJSIP/"


class Desk:
    """The verbs, at the exchange where the call is."""

    def __init__(self, telephony: Telephony) -> None:
        self._telephony = telephony

    async def hold(self, call_id: str) -> None:
        """The citizen hears music; the agent's leg waits."""
        call = self._with_agent(call_id, CallState.TALKING)
        await self._prepare(call)
        await self._redirect(call.citizen, "kc-held", "held", call.agent_channel, "kc-desk", _leg(call))

    async def resume(self, call_id: str) -> None:
        """Citizen and agent talk again; a third one who was consulted is gone."""
        call = self._with_agent(call_id, CallState.HELD)
        await self._redirect(call.citizen, "kc-join", _bare(call.agent_channel))

    async def consult(self, call_id: str, whom: str, shown: str) -> None:
        """Ring `whom` (extension or E.164) from the agent's leg while the citizen is held. `shown` to one outside."""
        if not (EXTENSION.match(whom) or E164.match(whom)):
            raise Refused("unfit_number", "that is neither an extension nor a telephone number")
        call = self._with_agent(call_id, CallState.TALKING, CallState.HELD)
        await self._prepare(call)
        await self._set(call.agent_channel, "KC_SHOWN", shown)
        asked = f"{whom}*{_leg(call)}"
        if call.state is CallState.HELD:
            await self._redirect(call.agent_channel, "kc-consult", asked)
        else:
            await self._redirect(call.citizen, "kc-held", "held", call.agent_channel, "kc-consult", asked)

    async def cancel(self, call_id: str) -> None:
        """The third one is let go; the agent's leg waits, the citizen is still held."""
        call = self._with_agent(call_id, CallState.HELD, CallState.TALKING)
        if call.state is CallState.HELD:
            await self._redirect(call.agent_channel, "kc-desk", _leg(call))
        elif call.third_channel:
            await self._hang_up(call.third_channel)

    async def swap(self, call_id: str) -> None:
        """Talk with the citizen while the third one hears music, or the other way round."""
        call = self._with_third(call_id, CallState.HELD, CallState.TALKING)
        agent, leg = call.agent_channel, _leg(call)
        await self._set(agent, "KC_SWAPPED", "1")
        if call.state is CallState.HELD:
            await self._redirect(call.third_channel, "kc-aside", "s", agent, "kc-desk", leg)
            await self._redirect(call.citizen, "kc-join-soon", _bare(agent))
        else:
            await self._redirect(call.citizen, "kc-held", "held", agent, "kc-desk", leg)
            await self._redirect(call.third_channel, "kc-again", _bare(agent))

    async def complete(self, call_id: str) -> None:
        """Citizen and third one talk with each other; the agent is free."""
        call = self._with_third(call_id)
        await self._set(call.agent_channel, "KC_DONE", "1")  # its telephone is let go when the third one is taken
        await self._set(call.citizen, "KC_UNTAPE", "1")  # somebody else talks now
        await self._redirect(call.citizen, "kc-join", _bare(call.third_channel))

    async def confer(self, call_id: str) -> None:
        """Citizen, agent and third one talk together."""
        call = self._with_third(call_id)
        room, third = _room(call), call.third_channel
        await self._redirect(call.citizen, "kc-room", f"{room}*citizen", third, "kc-room", f"{room}*third")
        await self._redirect(call.agent_channel, "kc-room", f"{room}*agent")

    async def pause_tape(self, call_id: str, *, on: bool) -> None:
        """What is said meanwhile is silence in the recording."""
        call = self._call(call_id, CallState.TALKING, CallState.HELD)
        fields = {"Channel": call.citizen, "Direction": "both", "State": str(int(on))}
        await self._telephony.order("MixMonitorMute", fields)

    async def stop_tape(self, call_id: str) -> None:
        """Nothing more of this call is recorded."""
        call = self._call(call_id, *CallState)
        await self._telephony.order("StopMixMonitor", {"Channel": call.citizen})

    async def park(self, call_id: str) -> None:
        """Anybody may pick the citizen up; the agent's leg ends."""
        call = self._with_agent(call_id, CallState.TALKING, CallState.HELD)
        await self._prepare(call)
        await self._redirect(call.citizen, "kc-held", "parked")
        await self._hang_up(call.agent_channel)

    async def send_back(self, call_id: str) -> None:
        """To the waiting room: handed on to a queue or a colleague, or nobody is there any more."""
        call = self._call(call_id, *CallState)
        await self._prepare(call)
        await self._redirect(call.citizen, "kc-wait", "s")
        if call.agent_channel:
            await self._hang_up(call.agent_channel)

    async def send_outside(self, call_id: str, number: str, shown: str) -> None:
        """Hand the citizen on to a number outside (E.164)."""
        if not E164.match(number):
            raise Refused("unfit_number", "that is not a telephone number")
        call = self._with_agent(call_id, CallState.TALKING, CallState.HELD)
        await self._prepare(call)
        await self._set(call.citizen, "CALLERID(num)", shown)
        await self._redirect(call.citizen, "kc-outside", number)
        await self._hang_up(call.agent_channel)

    async def send_to_voicemail(self, call_id: str) -> None:
        """A citizen who waits leaves a message instead."""
        call = self._call(call_id, CallState.WAITING, CallState.PARKED, CallState.HELD)
        await self._redirect(call.citizen, "kc-voicemail", "s")

    async def overflow_outside(self, call_id: str, number: str, shown: str) -> None:
        """Ring a number outside (E.164) for a citizen who waits, and goes on waiting when it is not reached."""
        if not E164.match(number):
            raise Refused("unfit_number", "that is not a telephone number")
        call = self._call(call_id, CallState.WAITING)
        await self._set(call.citizen, "KC_SHOWN", shown)
        await self._redirect(call.citizen, "kc-overflow", number)

    async def dismiss(self, call_id: str, sounds: list[str]) -> None:
        """A citizen who waits is told something, and the call ends."""
        call = self._call(call_id, CallState.WAITING)
        await self._set(call.citizen, "KC_SAY", "&".join(sounds))
        await self._redirect(call.citizen, "kc-dismissed", "s")

    async def pick_up(self, call_id: str, phone: str, offer: str = "0") -> None:
        """Ring `phone` for a citizen who is parked or held by nobody; it answers by itself."""
        call = self._call(call_id, CallState.PARKED, CallState.HELD)
        await self._redirect(call.citizen, "kc-ring", f"{phone}*{offer}*1*")
        if call.agent_channel:
            await self._hang_up(call.agent_channel)

    async def listen(self, call_id: str, phone: str, how: str) -> None:
        """Ring `phone`; who lifts hears the call. `how`: listen, whisper (the agent hears them), barge (both do)."""
        call = self._with_agent(call_id, CallState.TALKING, CallState.CONFERENCE)
        await self._telephony.lead(phone, "kc-listen", f"KC_LISTEN={_bare(call.agent_channel)}*{how}*{call.id}")

    async def seat_listeners(self, call_id: str) -> None:
        """Put supervisors who joined in where they are heard by those who talk, and by nobody on hold.

        ChanSpy goes on speaking to whom the agent talked with when it began, and knows of no room of several.
        """
        call = self._call(call_id, *CallState)
        room = _room(call)
        for one in call.listeners:
            if one.how != "barge":
                continue
            if call.state is CallState.CONFERENCE:
                await self._redirect(one.channel, "kc-room", f"{room}*listener")
            else:
                way = "barge" if call.state is CallState.TALKING else "whisper"
                await self._redirect(one.channel, "kc-listen", way)

    async def send_tones(self, call_id: str, tones: str) -> None:
        """Keys for a machine at the other end: the third one while consulting, else the citizen's side."""
        if not TONES.match(tones):
            raise Refused("tones", "only 0-9, *, # and A-D can be sent")
        call = self._with_agent(call_id, CallState.TALKING, CallState.HELD)
        aside = call.state is CallState.TALKING
        channel = call.citizen if aside else call.third_channel or call.citizen
        for tone in tones:
            await self._telephony.order("PlayDTMF", {"Channel": channel, "Digit": tone, "Duration": "120"})

    async def free_agent(self, call: Call) -> None:
        """The agent's leg is of no more use (the citizen is gone, or talks with somebody else)."""
        for channel in filter(None, (call.agent_channel, call.third_channel)):
            await self._hang_up(channel)

    async def _prepare(self, call: Call) -> None:
        """A call back is known by the agent's leg. From now on the citizen's must be found again after a restart."""
        if call.kind is CallKind.CALLBACK and call.citizen_leg:
            await self._set(call.citizen, "KC_CITIZEN_OF", call.id)
            await self._set(call.citizen, "KC_CALL", "citizen")

    async def _set(self, channel: str, name: str, value: str) -> None:
        await self._telephony.order("Setvar", {"Channel": channel, "Variable": name, "Value": value})

    async def _hang_up(self, channel: str) -> None:
        try:
            await self._telephony.order("Hangup", {"Channel": channel, "Cause": HANGUP_NORMAL})
        except Refused:
            return  # gone by itself

    async def _redirect(
        self, channel: str, context: str, exten: str, extra: str = "", extra_context: str = "", extra_exten: str = ""
    ) -> None:
        fields = {"Channel": channel, "Context": context, "Exten": exten, "Priority": "1"}
        if extra:
            fields |= {
                "ExtraChannel": extra, "ExtraContext": extra_context, "ExtraExten": extra_exten, "ExtraPriority": "1",
            }  # fmt: skip
        await self._telephony.order("Redirect", fields)

    def _call(self, call_id: str, *states: CallState) -> Call:
        return self._telephony.call(call_id, set(states))

    def _with_agent(self, call_id: str, *states: CallState) -> Call:
        call = self._call(call_id, *states)
        if not call.agent_channel:
            raise Refused("call_elsewhere", "nobody's telephone is on this call")
        return call

    def _with_third(self, call_id: str, *states: CallState) -> Call:
        call = self._with_agent(call_id, *(states or (CallState.HELD,)))
        if not call.third_channel:
            raise Refused("nobody_consulted", "nobody else is on the line")
        return call


def _leg(call: Call) -> str:
    """What the agent's leg remembers of its citizen: digits first, as the dialplan's patterns want."""
    return call.citizen_leg or call.id


def _room(call: Call) -> str:
    """What a conversation of several is called in Asterisk."""
    return "".join(filter(str.isdigit, call.id)) or "0"


def _bare(channel: str) -> str:
    return channel.removeprefix(TECHNOLOGY)
