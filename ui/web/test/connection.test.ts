import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Connection, type Link, pause, type Refused, type Socket } from "../src/connection";
import { EMPTY } from "../src/state";
import type { Me, ServerMessage, State } from "../src/wire";
import { caseRow, casesOf } from "./rows";

/** The server's end of a link, in the test's hands. */
class Line implements Socket {
  readyState = 0;
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  readonly heard: { t: string; id?: number; key?: string; verb?: string; case_id?: number | null }[] = [];

  send(data: string): void {
    assert.equal(this.readyState, 1, "nothing is sent on a line that is not open");
    this.heard.push(JSON.parse(data));
  }
  close(): void {
    this.readyState = 3;
  }
  say(message: ServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  greet(user = 1, seq = 10, state: State = EMPTY): void {
    this.readyState = 1;
    this.say({ t: "hello", protocol: 1, version: "0", me: { id: user } as Me });
    this.say({ t: "snapshot", seq, state });
  }
  cut(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  verbs(): string[] {
    return this.heard.filter((one) => one.t === "verb").map((one) => String(one.verb));
  }
}

let lines: Line[];
let links: Link[];
let unanswered: number;
let signedOut: number;
let states: State[];
let connection: Connection;
const line = (): Line => lines.at(-1) as Line;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  lines = [];
  links = [];
  states = [];
  unanswered = 0;
  signedOut = 0;
  connection = new Connection(
    () => {
      lines.push(new Line());
      return line();
    },
    {
      me: () => undefined,
      state: (state) => states.push(state),
      link: (link) => links.push(link),
      unanswered: (count) => {
        unanswered = count;
      },
      signedOut: () => {
        signedOut += 1;
      },
    },
    () => 1,
  );
});
afterEach(() => {
  connection.stop();
  mock.timers.reset();
});

async function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "",
    (error: Refused) => error.code,
  );
}

const event = (seq: number, id: number): ServerMessage => ({
  t: "event",
  seq,
  kind: "case_opened",
  case_id: id,
  user_id: null,
  at: "",
  put: { cases: [caseRow(id)] },
  drop: {},
});

test("the state follows the events, one by one", () => {
  connection.start();
  line().greet();
  line().say(event(11, 1));
  line().say(event(12, 2));
  assert.deepEqual(casesOf(states.at(-1) as State), [1, 2]);
  assert.deepEqual(links, ["connecting", "open"]);
});

test("a gap asks for everything anew, and what came twice changes nothing", () => {
  connection.start();
  line().greet();
  line().say(event(11, 1));
  line().say(event(11, 1));
  assert.equal(line().heard.length, 0);
  line().say(event(13, 3));
  assert.deepEqual(line().heard, [{ t: "resync" }]);
  assert.equal(states.length, 2, "nothing is built upon a gap");
  line().say({ t: "snapshot", seq: 13, state: { ...EMPTY, cases: { 1: caseRow(1), 3: caseRow(3) } } });
  line().say(event(14, 4));
  assert.deepEqual(casesOf(states.at(-1) as State), [1, 3, 4]);
});

test("it comes back by itself, later and later, never more than ten seconds", () => {
  assert.deepEqual(
    [0, 1, 2, 20].map((failures) => pause(failures, 1)),
    [400, 800, 1600, 10_000],
  );
  assert.equal(pause(0, 0), 200, "a crowd does not come back at once");
  connection.start();
  line().greet();
  line().cut();
  assert.equal(links.at(-1), "lost");
  mock.timers.tick(399);
  assert.equal(lines.length, 1);
  mock.timers.tick(1);
  assert.equal(lines.length, 2);
  line().cut();
  mock.timers.tick(800);
  assert.equal(lines.length, 3);
  line().greet();
  line().cut();
  mock.timers.tick(400);
  assert.equal(lines.length, 4, "a greeting ends the counting");
});

test("online again: at once", () => {
  connection.start();
  line().greet();
  line().cut();
  connection.hurry();
  assert.equal(lines.length, 2);
  connection.hurry();
  assert.equal(lines.length, 2);
});

test("what was said while the line was down is said when it is back, once", async () => {
  connection.start();
  line().greet();
  line().cut();
  const note = connection.verb("note", { case_id: 7, text: "Ringde igen" });
  assert.equal(unanswered, 1);
  connection.hurry();
  line().readyState = 1;
  assert.deepEqual(line().verbs(), [], "not before the server has greeted");
  line().greet();
  assert.deepEqual(line().verbs(), ["note"]);
  line().say({ t: "ok", id: Number(line().heard[0]?.id), result: 99 });
  assert.equal(await note, 99);
  assert.equal(unanswered, 0);
  line().say({ t: "snapshot", seq: 20, state: EMPTY });
  assert.deepEqual(line().verbs(), ["note"]);
});

test("an answer that was lost is asked for again with the same key", async () => {
  connection.start();
  line().greet();
  const reply = connection.verb("reply", { case_id: 7, to: [], subject: "", text: "Hej" });
  const first = line();
  first.cut();
  connection.hurry();
  line().greet();
  assert.equal(line().heard[0]?.key, first.heard[0]?.key);
  line().say({ t: "refused", id: Number(line().heard[0]?.id), code: "not_yours", text: "" });
  assert.equal(await refusal(reply), "not_yours");
});

test("what makes sense only now is refused while the line is down, and not done long afterwards", async () => {
  connection.start();
  line().greet();
  const late = connection.verb("next_case", {});
  line().cut();
  assert.equal(await refusal(connection.verb("accept", { offer_id: 1 })), "offline");
  mock.timers.tick(400);
  line().cut();
  mock.timers.setTime(Date.now() + 60_000);
  connection.hurry();
  line().greet();
  assert.equal(await refusal(late), "offline");
  assert.deepEqual(line().verbs(), []);
});

test("a link that has gone silent is given up", () => {
  connection.start();
  line().greet();
  mock.timers.tick(20_000);
  assert.deepEqual(line().heard, [{ t: "ping" }]);
  line().say({ t: "pong" });
  mock.timers.tick(40_000);
  assert.equal(lines.length, 1);
  mock.timers.tick(20_000);
  assert.equal(lines[0]?.readyState, 3);
  assert.ok(links.includes("lost"));
  mock.timers.tick(400);
  assert.equal(lines.length, 2);
});

test("a link that never opens is given up too", () => {
  connection.start();
  mock.timers.tick(60_000);
  assert.equal(links.at(-1), "lost");
  mock.timers.tick(400);
  assert.ok(lines.length > 1);
});

test("signed out by the server: no more tries", () => {
  connection.start();
  line().greet();
  line().cut(4401);
  mock.timers.tick(60_000);
  assert.equal(signedOut, 1);
  assert.equal(lines.length, 1);
});

test("who signs in again finds their words said; another user does not say them", async () => {
  connection.start();
  line().greet(1);
  const mine = connection.verb("note", { case_id: 1, text: "x" });
  line().cut(4401);
  connection.start();
  line().greet(1);
  assert.deepEqual(line().verbs(), ["note"]);
  line().cut(4401);
  connection.start();
  line().greet(2);
  assert.equal(await refusal(mine), "offline");
  assert.deepEqual(line().verbs(), []);
});

test("where we look is told again after a lost link", () => {
  connection.start();
  line().greet();
  connection.look(5);
  line().cut();
  connection.hurry();
  line().greet();
  assert.deepEqual(line().heard, [{ t: "looking", case_id: 5 }]);
});
