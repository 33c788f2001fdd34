// How good the line is, from WebRTC's counters: what was lost, how unevenly it came, how long it took.

export interface Sample {
  /** Milliseconds. */
  at: number;
  received: number;
  lost: number;
  sent: number;
  /** Seconds. */
  jitter: number;
  /** Seconds, to the exchange and back; null: not known yet. */
  roundTrip: number | null;
  /** Share (0..1) of what we sent that did not arrive, as the exchange says. */
  lostThere: number;
}

export type Quality = "good" | "poor" | "silent";

const LOSS = 0.04;
const JITTER = 0.05;
const ROUND_TRIP = 0.4;
const SILENT_MS = 4000;

/** Judged over the time between two samples, so that a bad minute is over when it is over. */
export function judge(before: Sample, after: Sample): Quality {
  const received = after.received - before.received;
  const lost = Math.max(0, after.lost - before.lost);
  if (received <= 0 && after.at - before.at >= SILENT_MS) return "silent";
  const share = received + lost > 0 ? lost / (received + lost) : 0;
  const isPoor =
    share > LOSS || after.lostThere > LOSS || after.jitter > JITTER || (after.roundTrip ?? 0) > ROUND_TRIP;
  return isPoor ? "poor" : "good";
}

interface Counters {
  type: string;
  kind?: string;
  packetsReceived?: number;
  packetsLost?: number;
  packetsSent?: number;
  jitter?: number;
  roundTripTime?: number;
  fractionLost?: number;
  state?: string;
  nominated?: boolean;
  currentRoundTripTime?: number;
}

/** What the browser's report says of the speech. */
export function sampleOf(report: Iterable<Counters>, at: number): Sample {
  const sample: Sample = {
    at,
    received: 0,
    lost: 0,
    sent: 0,
    jitter: 0,
    roundTrip: null,
    lostThere: 0,
  };
  for (const one of report) {
    if (one.type === "inbound-rtp" && one.kind === "audio") {
      sample.received += one.packetsReceived ?? 0;
      sample.lost += one.packetsLost ?? 0;
      sample.jitter = one.jitter ?? 0;
    } else if (one.type === "outbound-rtp" && one.kind === "audio") sample.sent += one.packetsSent ?? 0;
    else if (one.type === "remote-inbound-rtp") {
      sample.roundTrip = one.roundTripTime ?? sample.roundTrip;
      sample.lostThere = one.fractionLost ?? 0;
    } else if (one.type === "candidate-pair" && one.nominated && one.state === "succeeded")
      sample.roundTrip ??= one.currentRoundTripTime ?? null;
  }
  return sample;
}
