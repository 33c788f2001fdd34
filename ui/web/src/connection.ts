// The link to the server: reconnects by itself, asks for a new snapshot after a gap, and loses no verb.

import { apply } from "./state";
import type { ClientMessage, Me, ServerMessage, State, Verbs } from "./wire";

export interface Socket {
  readonly readyState: number;
  onopen: ((event: unknown) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(data: string): void;
  close(code?: number): void;
}

export interface Listener {
  me(me: Me, version: string): void;
  /** The whole state after a change; `kind` names the event, or "snapshot". */
  state(state: State, kind: string, caseId: number | null, userId: number | null): void;
  link(link: Link): void;
  /** How many verbs wait for an answer. */
  unanswered(count: number): void;
  signedOut(): void;
}

export type Link = "connecting" | "open" | "lost";

export class Refused extends Error {
  constructor(
    readonly code: string,
    text: string,
  ) {
    super(text);
  }
}

interface Waiting {
  id: number;
  verb: keyof Verbs;
  frame: string;
  at: number;
  resolve: (result: unknown) => void;
  reject: (error: Refused) => void;
}

const OPEN = 1;
const SIGNED_OUT = 4401;
const NOT_ALLOWED = 4403;
const PING_MS = 20_000;
const SILENT_MS = 45_000;
const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 10_000;
const MOST_WAITING = 200;
const STALE_MS = 10_000;

/** What makes sense only now: nobody wants to answer a call, or be given a case, when the link is back at last. */
const ONLY_NOW: ReadonlySet<keyof Verbs> = new Set([
  "accept",
  "decline",
  "next_case",
  "pick",
  "hang_up",
  "call_back",
]);

/** Milliseconds until the next try after `failures` failed ones; `roll` (0..1) spreads a crowd. */
export function pause(failures: number, roll: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10)) * (0.5 + roll / 2);
}

export class Connection {
  private socket: Socket | null = null;
  private state: State | null = null;
  private seq = 0;
  private lastId = 0;
  private failures = 0;
  private heardAt = 0;
  private looking: number | null = null;
  private stopped = true;
  private user: number | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pings: ReturnType<typeof setInterval> | undefined;
  private readonly waiting = new Map<number, Waiting>();
  /** The socket that has had its snapshot and been told again what was never answered. */
  private ready: Socket | null = null;

  constructor(
    private readonly open: () => Socket,
    private readonly listener: Listener,
    private readonly random: () => number = Math.random,
  ) {}

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.connect();
    this.pings = setInterval(() => this.ping(), PING_MS);
  }

  /** Hang up. What was never answered is kept for the same user, who may sign in again. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    clearInterval(this.pings);
    this.socket?.close(1000);
    this.socket = null;
    this.state = null;
    this.looking = null;
  }

  /** Give up what was never answered: somebody else works here now. */
  forget(): void {
    for (const one of [...this.waiting.values()])
      this.settle(one.id)?.reject(new Refused("offline", "offline"));
  }

  /** Ask the server to do something. Sent again, with the same key, after a lost link: it is done once. */
  verb<V extends keyof Verbs>(verb: V, args: Verbs[V]["args"]): Promise<Verbs[V]["result"]> {
    const id = ++this.lastId;
    const frame = JSON.stringify({ t: "verb", id, key: crypto.randomUUID(), verb, args });
    return new Promise((resolve, reject) => {
      if (this.waiting.size >= MOST_WAITING || (ONLY_NOW.has(verb) && !this.isReady)) {
        reject(new Refused("offline", "offline"));
        return;
      }
      this.waiting.set(id, {
        id,
        verb,
        frame,
        at: Date.now(),
        resolve: resolve as Waiting["resolve"],
        reject,
      });
      this.listener.unanswered(this.waiting.size);
      if (this.isReady) this.sendFrame(frame);
    });
  }

  look(caseId: number | null): void {
    this.looking = caseId;
    this.send({ t: "looking", case_id: caseId });
  }

  /** The browser says it is online again: do not wait for the pause to end. */
  hurry(): void {
    if (!this.stopped && this.socket === null) {
      clearTimeout(this.timer);
      this.connect();
    }
  }

  private get isReady(): boolean {
    return this.socket !== null && this.ready === this.socket && this.socket.readyState === OPEN;
  }

  private connect(): void {
    this.listener.link("connecting");
    const socket = this.open();
    this.socket = socket;
    this.heardAt = Date.now();
    socket.onmessage = (event) => {
      if (this.socket === socket) this.receive(JSON.parse(String(event.data)) as ServerMessage);
    };
    socket.onclose = (event) => {
      if (this.socket === socket) this.closed(event.code);
    };
  }

  private closed(code: number): void {
    this.socket = null;
    if (this.stopped) return;
    if (code === SIGNED_OUT || code === NOT_ALLOWED) {
      this.stop();
      this.listener.signedOut();
      return;
    }
    this.listener.link("lost");
    this.timer = setTimeout(() => this.connect(), pause(this.failures++, this.random()));
  }

  private receive(message: ServerMessage): void {
    this.heardAt = Date.now();
    switch (message.t) {
      case "hello":
        this.failures = 0;
        if (this.user !== null && this.user !== message.me.id) this.forget();
        this.user = message.me.id;
        this.listener.me(message.me, message.version);
        break;
      case "snapshot":
        this.seq = message.seq;
        this.state = message.state;
        this.listener.state(message.state, "snapshot", null, null);
        this.listener.link("open");
        this.again();
        break;
      case "event":
        this.event(message);
        break;
      case "ok":
        this.settle(message.id)?.resolve(message.result);
        break;
      case "refused":
        this.settle(message.id)?.reject(new Refused(message.code, message.text));
        break;
      case "pong":
        break;
    }
  }

  private event(message: Extract<ServerMessage, { t: "event" }>): void {
    if (this.state === null) return;
    if (message.seq !== this.seq + 1) {
      if (message.seq > this.seq) this.send({ t: "resync" });
      return;
    }
    this.seq = message.seq;
    this.state = apply(this.state, message.put, message.drop);
    this.listener.state(this.state, message.kind, message.case_id, message.user_id);
  }

  /** After a link's first snapshot: say what was never answered (again), and where we look. */
  private again(): void {
    if (this.ready === this.socket) return;
    this.ready = this.socket;
    for (const one of [...this.waiting.values()]) {
      const isStale = ONLY_NOW.has(one.verb) && Date.now() - one.at > STALE_MS;
      if (isStale) this.settle(one.id)?.reject(new Refused("offline", "offline"));
      else this.sendFrame(one.frame);
    }
    if (this.looking !== null) this.send({ t: "looking", case_id: this.looking });
  }

  private settle(id: number): Waiting | undefined {
    const one = this.waiting.get(id);
    if (this.waiting.delete(id)) this.listener.unanswered(this.waiting.size);
    return one;
  }

  /** Also notices a link that is half open: it says nothing, not even pong. */
  private ping(): void {
    const socket = this.socket;
    if (socket && Date.now() - this.heardAt > SILENT_MS) {
      this.closed(1006);
      socket.close();
      return;
    }
    this.send({ t: "ping" });
  }

  private send(message: ClientMessage): void {
    this.sendFrame(JSON.stringify(message));
  }

  private sendFrame(frame: string): void {
    if (this.socket?.readyState === OPEN) this.socket.send(frame);
  }
}
