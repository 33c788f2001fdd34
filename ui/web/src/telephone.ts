// The telephone in the browser: registers with the exchange through our own server, rings, talks, and lives on while
// the agent goes from page to page, the link is cut or the network is away for a while.
import { computed, effect, signal } from "@preact/signals";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { IncomingRTCSessionEvent, RTCSessionEvent, UA } from "jssip/lib/UA";
import { get, put } from "./api";
import { audio, canHear, hear, lookForDevices, microphone, release, ring } from "./headset";
import { Holder } from "./softphone/holder";
import { judge, type Quality, type Sample, sampleOf } from "./softphone/quality";
import { me, signedIn } from "./store";
import type { RingForm, Telephone } from "./wire";

/**
 * `none`: this agent has no telephone. `off`: not turned on here. `refused`: no microphone allowed. `elsewhere`: another
 * tab or browser has it. `ready`: registered, it can be rung.
 */
export type Status = "none" | "off" | "unfit" | "refused" | "elsewhere" | "connecting" | "ready";
export type Stage = "ringing" | "calling" | "talking";
export interface OnLine {
  stage: Stage;
  isTest: boolean;
  muted: boolean;
  held: boolean;
  since: number;
}

export const status = signal<Status>("none");
export const onLine = signal<OnLine | null>(null);
export const quality = signal<Quality>("good");
export const own = signal<Telephone | null>(null);
/** What is said into the microphone, and what is heard: for the meters. */
export const spoken = signal<MediaStream | null>(null);
export const heard = signal<MediaStream | null>(null);
/** Another tab that has the telephone is in a call: it cannot be taken from there. */
export const busyElsewhere = signal(false);
export const isOn = computed(() => status.value !== "none" && status.value !== "off");

const REALM = "kontaktcenter.invalid";
const ECHO = `sip:kc-echo@${REALM}`;
const GATHER_MS = 400;
const STATS_MS = 2000;
const MEND_MS = 2500;
const SIGNED_OUT = 4401;
const NOT_ALLOWED = 4403;
const ELSEWHERE = 4409;

let agent: UA | null = null;
let socket: import("jssip/lib/WebSocketInterface").WebSocketInterface | null = null;
let session: RTCSession | null = null;
let voice: MediaStream | null = null;
let holder: Holder | null = null;
let talkedAbout: BroadcastChannel | null = null;
let whose = 0;
/** The link was cut in this call: when it is back, the exchange must be told where we are. */
let isCut = false;

const wanted = {
  get: (): boolean => localStorage.getItem(`telephone-${me.value?.id}`) === "on",
  set: (on: boolean): void => localStorage.setItem(`telephone-${me.value?.id}`, on ? "on" : "off"),
};

// ------------------------------------------------------------------ on and off

effect(() => {
  const id = signedIn.value ? (me.value?.id ?? 0) : 0;
  if (id === whose) return;
  whose = id;
  leave();
  if (id) void enter(id);
});

async function enter(id: number): Promise<void> {
  own.value = await get<Telephone>("/api/console/telephone").catch(() => null);
  if (whose !== id) return;
  if (!own.value?.extension) return;
  status.value = canHear() ? "off" : "unfit";
  if (canHear() && wanted.get()) void turnOn();
}

/** Ask for the microphone and be there to be rung; remembered by this browser. */
export async function turnOn(): Promise<void> {
  if (!own.value || !canHear()) return;
  status.value = "connecting";
  audio();
  try {
    release(await microphone());
  } catch {
    status.value = "refused";
    return;
  }
  wanted.set(true);
  void lookForDevices();
  const name = `telephone-${me.value?.id}`;
  talkedAbout = new BroadcastChannel(name);
  talkedAbout.onmessage = (event: MessageEvent<{ ask?: true; busy?: boolean }>) => {
    if (event.data.ask && agent) sayBusy();
    else if (event.data.busy !== undefined) busyElsewhere.value = event.data.busy;
  };
  holder = new Holder(name, () => void connect(), isElsewhere);
  void holder.begin();
}

export function turnOff(): void {
  wanted.set(false);
  leave();
  if (own.value?.extension) status.value = "off";
}

/** Sit here now: the other tab gives the telephone up. */
export function takeOver(): void {
  void (holder?.steal() ?? turnOn());
}

function isElsewhere(): void {
  stop();
  status.value = "elsewhere";
  talkedAbout?.postMessage({ ask: true });
}

function leave(): void {
  stop();
  holder?.release();
  talkedAbout?.close();
  holder = talkedAbout = null;
  own.value = whose ? own.value : null;
  status.value = "none";
}

function stop(): void {
  if (session && !session.isEnded()) session.terminate();
  agent?.stop();
  agent = socket = null;
}

function sayBusy(): void {
  talkedAbout?.postMessage({ busy: onLine.value !== null });
}
effect(() => {
  if (onLine.value === null || onLine.value) sayBusy();
});

// ------------------------------------------------------------------ registering

async function connect(): Promise<void> {
  status.value = "connecting";
  busyElsewhere.value = false;
  const found = await get<Telephone>("/api/console/telephone").catch(() => null);
  own.value = found ?? own.value;
  const user = own.value?.user;
  if (!user) {
    setTimeout(() => holder && status.value === "connecting" && !agent && void connect(), 5000);
    return;
  }
  const { default: JsSIP } = await import("jssip");
  if (agent || !holder) return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new JsSIP.WebSocketInterface(`${scheme}://${location.host}/sip`);
  agent = new JsSIP.UA({
    sockets: [socket],
    uri: `sip:${user}@${REALM}`,
    // Not a password: the server makes the proof, for whoever is signed in. JsSIP answers no question without a word.
    password: "signed-in",
    register_expires: 60,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 8,
    session_timers: false,
    user_agent: "kontaktcenter",
  });
  follow(agent);
  agent.start();
}

function follow(ua: UA): void {
  ua.on("registered", () => {
    if (agent !== ua) return;
    status.value = "ready";
    if (isCut) mend();
  });
  ua.on("unregistered", () => {
    if (agent === ua) status.value = "connecting";
  });
  ua.on("registrationFailed", () => {
    if (agent !== ua) return;
    status.value = "connecting";
    setTimeout(() => agent === ua && ua.isConnected() && ua.register(), MEND_MS);
  });
  ua.on("disconnected", (event: { code?: number }) => {
    if (agent !== ua) return;
    isCut = session !== null;
    status.value = "connecting";
    if (event.code === ELSEWHERE) isElsewhere();
    else if (event.code === SIGNED_OUT || event.code === NOT_ALLOWED) stop();
  });
  ua.on("newRTCSession", (event: RTCSessionEvent) => {
    if (event.originator === "remote") arrived(event as IncomingRTCSessionEvent);
    else begins(event.session, "calling", true);
  });
}

/** The network is back, or the computer woke: do not wait for the old link to be found dead. */
function hurry(): void {
  if (!agent || !socket) return;
  socket.disconnect();
  isCut = session !== null;
  socket.ondisconnect(true, 1006, "online");
}
window.addEventListener("online", hurry);
// Whoever closes the tab in a call is asked; whoever does it all the same has hung up.
window.addEventListener("beforeunload", (event) => {
  if (onLine.value?.stage === "talking") event.preventDefault();
});
window.addEventListener("pagehide", () => {
  if (session && !session.isEnded()) session.terminate();
});

// ------------------------------------------------------------------ calls

function arrived({ session: fresh, request }: IncomingRTCSessionEvent): void {
  if (session) {
    fresh.terminate({ status_code: 486 });
    return;
  }
  begins(fresh, "ringing", false);
  // The agent has pressed Answer in the console already: the exchange asks the telephone to lift by itself.
  if (/answer-after\s*=\s*0/i.test(request.getHeader("Call-Info") ?? "")) void answer();
  else ring(true);
}

function begins(fresh: RTCSession, stage: Stage, isTest: boolean): void {
  session = fresh;
  isCut = false;
  quality.value = "good";
  onLine.value = { stage, isTest, muted: false, held: false, since: Date.now() };
  const over = () => ended(fresh);
  fresh.on("ended", over).on("failed", over);
  fresh.on("accepted", () => change(fresh, { stage: "talking", since: Date.now() }));
  fresh.on("confirmed", () => change(fresh, { stage: "talking" }));
  const said = () => change(fresh, { muted: fresh.isMuted().audio ?? false, held: fresh.isOnHold().local });
  fresh.on("muted", said).on("unmuted", said).on("hold", said).on("unhold", said);
  // Local addresses are enough in a house; with a relay a moment is given to it, and no more.
  let patience: ReturnType<typeof setTimeout> | undefined;
  fresh.on("icecandidate", ({ ready }) => {
    clearTimeout(patience);
    patience = setTimeout(ready, GATHER_MS);
  });
  fresh.on("peerconnection", ({ peerconnection }) => listen(fresh, peerconnection));
  if (fresh.connection) listen(fresh, fresh.connection);
}

function change(of: RTCSession, to: Partial<OnLine>): void {
  if (session !== of || !onLine.value) return;
  if (to.stage === "talking") ring(false);
  onLine.value = { ...onLine.value, ...to };
}

function listen(of: RTCSession, line: RTCPeerConnection): void {
  line.addEventListener("track", ({ streams, track }) => {
    if (session !== of) return;
    const stream = streams[0] ?? new MediaStream([track]);
    heard.value = stream;
    void hear(stream);
  });
  let broken: ReturnType<typeof setTimeout> | undefined;
  line.addEventListener("iceconnectionstatechange", () => {
    clearTimeout(broken);
    if (session !== of) return;
    const isAway = line.iceConnectionState === "disconnected" || line.iceConnectionState === "failed";
    if (isAway) broken = setTimeout(mend, line.iceConnectionState === "failed" ? 0 : MEND_MS);
  });
  watch(of, line);
}

/** Tell the exchange where we are now, and look for a way for the speech anew. */
function mend(): void {
  if (!session?.isEstablished()) {
    isCut = false;
    return;
  }
  isCut = !(agent?.isRegistered() && session.renegotiate({ rtcOfferConstraints: { iceRestart: true } }));
  // The exchange is asking something itself just now: a little later.
  if (isCut && agent?.isRegistered()) setTimeout(() => isCut && mend(), MEND_MS);
}

function watch(of: RTCSession, line: RTCPeerConnection): void {
  let before: Sample | null = null;
  const timer = setInterval(async () => {
    if (session !== of) {
      clearInterval(timer);
      return;
    }
    const now = sampleOf([...(await line.getStats()).values()], performance.now());
    const isTalking = onLine.value?.stage === "talking" && !onLine.value.held;
    // The window grows until it is long enough to say that nothing comes at all.
    if (before && isTalking) quality.value = judge(before, now);
    if (!before || now.received > before.received || !isTalking) before = now;
  }, STATS_MS);
}

function ended(of: RTCSession): void {
  if (session !== of) return;
  session = null;
  isCut = false;
  ring(false);
  onLine.value = null;
  heard.value = spoken.value = null;
  void hear(null);
  release(voice);
  voice = null;
}

async function lift(): Promise<MediaStream | null> {
  try {
    voice = await microphone();
  } catch {
    status.value = "refused";
    return null;
  }
  spoken.value = voice;
  return voice;
}

const line = (): RTCConfiguration => ({
  iceServers: (own.value?.servers ?? []) as unknown as RTCIceServer[],
  bundlePolicy: "max-bundle",
});

export async function answer(): Promise<void> {
  const rung = session;
  ring(false);
  const mediaStream = await lift();
  if (!mediaStream) rung?.terminate({ status_code: 480 });
  else if (session === rung && rung && !rung.isEstablished() && !rung.isEnded())
    rung.answer({ mediaStream, pcConfig: line() });
  else if (session !== rung && !session) release(mediaStream);
}

export function hangUp(): void {
  if (!session || session.isEnded()) return;
  if (onLine.value?.stage === "ringing") session.terminate({ status_code: 486 });
  else session.terminate();
}

export function mute(on = !onLine.value?.muted): void {
  if (onLine.value?.stage !== "talking") return;
  if (on) session?.mute({ audio: true });
  else session?.unmute({ audio: true });
}

export function hold(on = !onLine.value?.held): void {
  if (on) session?.hold();
  else session?.unhold();
}

/** A key, as a tone event in the speech (RFC 4733). */
export function press(key: string): void {
  if (!/^[0-9*#]$/.test(key) || !session?.isEstablished()) return;
  const sender = session.connection.getSenders().find((one) => one.track?.kind === "audio");
  if (sender?.dtmf?.canInsertDTMF) sender.dtmf.insertDTMF(key, 160, 70);
}

/** Call the exchange's echo: what is said is heard again. */
export async function testCall(): Promise<void> {
  if (session || !agent) return;
  const mediaStream = await lift();
  if (mediaStream && !session) agent.call(ECHO, { mediaStream, pcConfig: line() });
}

/** Take another microphone in the middle of a call. */
export async function changeMicrophone(): Promise<void> {
  if (!session || !voice) return;
  const before = voice;
  const track = (await lift())?.getAudioTracks()[0];
  const sender = session?.connection?.getSenders().find((one) => one.track?.kind === "audio");
  if (!track || !sender) return;
  track.enabled = !onLine.value?.muted;
  await sender.replaceTrack(track);
  release(before);
}

/** Where this agent is rung from the next call on. */
export async function ringAt(form: RingForm): Promise<void> {
  own.value = await put<Telephone>("/api/console/telephone", form);
}
