import type { svWaiting } from "./sv-waiting";

export const enWaiting: Record<keyof typeof svWaiting, string> = {
  waitingTitle: "What those who wait are told",
  waitingIntro:
    "Place and wait are said only when they can be stood by: never more than was said before, and no time while the error is large, the agents are few or there is little to go by.",
  waitingNone: "Nobody has waited long enough to be told anything.",
  waitingFailed: "It could not be fetched. Reload the page.",
  waitingQueue: "Queue",
  waitingPlaces: "Places said",
  waitingRanges: "Waits said",
  waitingKept: "Answered within what was said",
  waitingError: "Error (4 of 5 within)",
  waitingMean: "Mean error",
  event_callback_promised: "Keeps the place and will be called back",
  event_callback_settled: "The promise to call back is over",
  waitingSeconds: "{n} s",
};
