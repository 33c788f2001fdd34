import assert from "node:assert/strict";
import { test } from "node:test";
import { Holder } from "../src/softphone/holder";
import { judge, type Sample, sampleOf } from "../src/softphone/quality";

const sample = (values: Partial<Sample> = {}): Sample => ({
  at: 0,
  received: 0,
  lost: 0,
  sent: 0,
  jitter: 0.005,
  roundTrip: 0.03,
  lostThere: 0,
  ...values,
});
const later = (values: Partial<Sample> = {}) => sample({ at: 2000, received: 100, sent: 100, ...values });

test("a line is judged over the last seconds", () => {
  assert.equal(judge(sample(), later()), "good");
  assert.equal(judge(sample(), later({ lost: 5 })), "poor");
  assert.equal(judge(sample({ lost: 5 }), later({ lost: 5 })), "good");
  assert.equal(judge(sample(), later({ jitter: 0.08 })), "poor");
  assert.equal(judge(sample(), later({ roundTrip: 0.6 })), "poor");
  assert.equal(judge(sample(), later({ roundTrip: null })), "good");
  assert.equal(judge(sample(), later({ lostThere: 0.1 })), "poor");
});

test("nothing at all for some seconds is silence", () => {
  assert.equal(judge(sample({ received: 50 }), later({ received: 50, at: 2000 })), "good");
  assert.equal(judge(sample({ received: 50 }), later({ received: 50, at: 4000 })), "silent");
});

test("the browser's counters are read", () => {
  const found = sampleOf(
    [
      { type: "inbound-rtp", kind: "audio", packetsReceived: 10, packetsLost: 2, jitter: 0.01 },
      { type: "inbound-rtp", kind: "video", packetsReceived: 99 },
      { type: "outbound-rtp", kind: "audio", packetsSent: 11 },
      { type: "candidate-pair", nominated: true, state: "succeeded", currentRoundTripTime: 0.2 },
    ],
    5,
  );
  assert.deepEqual(found, {
    at: 5,
    received: 10,
    lost: 2,
    sent: 11,
    jitter: 0.01,
    roundTrip: 0.2,
    lostThere: 0,
  });
});

/** Locks as a browser has them, for one name. */
class Locks {
  private queue: (() => void)[] = [];
  private stolen: ((why: Error) => void) | null = null;
  held = false;

  request(_name: string, options: LockOptions, callback: LockGrantedCallback<unknown>): Promise<unknown> {
    if (options.ifAvailable && this.held) return Promise.resolve(callback(null));
    if (options.steal) {
      this.stolen?.(new Error("AbortError"));
      return this.grant(callback);
    }
    if (!this.held) return this.grant(callback);
    return new Promise((resolve) => {
      this.queue.push(() => resolve(this.grant(callback)));
    });
  }

  private grant(callback: LockGrantedCallback<unknown>): Promise<unknown> {
    this.held = true;
    const stolen = new Promise<never>((_, reject) => {
      this.stolen = reject;
    });
    const done = Promise.resolve(callback({ mode: "exclusive", name: "" })).then((result) => {
      this.held = false;
      this.queue.shift()?.();
      return result;
    });
    return Promise.race([done, stolen]);
  }
}

const settled = () => new Promise((done) => setTimeout(done));

test("one tab holds the telephone, the next gets it when the first is gone", async () => {
  const locks = new Locks() as unknown as LockManager;
  const told: string[] = [];
  const holder = (name: string) =>
    new Holder(
      "telephone",
      () => told.push(`${name} holds`),
      () => told.push(`${name} waits`),
      locks,
    );
  const [one, two] = [holder("one"), holder("two")];
  void one.begin();
  await settled();
  void two.begin();
  await settled();
  assert.deepEqual(told, ["one holds", "two waits"]);
  one.release();
  await settled();
  assert.deepEqual(told.slice(2), ["two holds"]);
});

test("a tab that the telephone is taken from is told so", async () => {
  const locks = new Locks() as unknown as LockManager;
  const told: string[] = [];
  const one = new Holder(
    "telephone",
    () => told.push("one"),
    () => told.push("not one"),
    locks,
  );
  const two = new Holder(
    "telephone",
    () => told.push("two"),
    () => told.push("not two"),
    locks,
  );
  void one.begin();
  await settled();
  void two.begin();
  await settled();
  void two.steal();
  await settled();
  assert.deepEqual(told, ["one", "not two", "two", "not one"]);
});
