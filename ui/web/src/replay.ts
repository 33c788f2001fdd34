// The room afterwards: what was going on at a moment, and rows for the timeline.
import type { ReplayCall, ReplayRoom, ReplayStretch } from "./wire";

export interface Going {
  call: ReplayCall;
  stretch: ReplayStretch;
}

/** A row of the timeline: a call, or a telephone with all that went to it. */
export interface Lane {
  key: string;
  call: ReplayCall | null;
  phone: string;
  agent: string;
  going: Going[];
}

const time = (iso: string) => Date.parse(iso);

/** The calls that were going on at `at` (milliseconds), each in its state then. */
export function momentOf(room: ReplayRoom, at: number): Going[] {
  return room.calls.flatMap((call) => {
    const stretch = call.stretches.find((one) => time(one.begin) <= at && at < time(one.end));
    return stretch ? [{ call, stretch }] : [];
  });
}

export function countIn(going: Going[], ...states: string[]): number {
  return going.filter((one) => states.includes(one.stretch.state)).length;
}

export function lanesByCall(room: ReplayRoom): Lane[] {
  return room.calls.map((call) => ({
    key: call.id,
    call,
    phone: "",
    agent: "",
    going: call.stretches.map((stretch) => ({ call, stretch })),
  }));
}

/** One lane for each telephone that rang or talked, by name. */
export function lanesByPhone(room: ReplayRoom): Lane[] {
  const lanes = new Map<string, Lane>();
  for (const call of room.calls) {
    for (const stretch of call.stretches) {
      if (!stretch.phone) continue;
      const lane = lanes.get(stretch.phone) ?? {
        key: stretch.phone,
        call: null,
        phone: stretch.phone,
        agent: stretch.agent,
        going: [],
      };
      lane.going.push({ call, stretch });
      lanes.set(stretch.phone, lane);
    }
  }
  return [...lanes.values()].sort((a, b) => (a.agent || a.phone).localeCompare(b.agent || b.phone, "sv"));
}

/** Where a stretch lies in the room's span, in percent. */
export function placeOf(room: ReplayRoom, stretch: ReplayStretch): { left: number; width: number } {
  const begin = time(room.begin);
  const whole = time(room.end) - begin;
  const left = ((time(stretch.begin) - begin) / whole) * 100;
  return { left, width: Math.max(0.15, ((time(stretch.end) - time(stretch.begin)) / whole) * 100) };
}
