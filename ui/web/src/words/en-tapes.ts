import type { svTapes } from "./sv-tapes";

export const enTapes: Record<keyof typeof svTapes, string> = {
  mayRecord: "Calls are recorded (in queues that record), may play recordings",
  tapeOn: "Being recorded",
  tapePaused: "The recording is paused",
  tapePause: "Pause the recording",
  tapeResume: "Go on recording",
  tapeStop: "Stop recording",
  tapeOf: "Recorded call, {agent}",
  tapeErase: "Erase the recording",
  tapeEraseWhy: "Why is the recording to be erased?",
  tapeLost: "The recording never came from the exchange.",
  tapeNotYours: "Recorded call. You may not listen to it.",
  tapeErased_retention: "The recording was erased when its time was over.",
  tapeErased_protected: "The recording was erased: protected identity.",
  tapeErased_by_hand: "The recording was erased by hand.",
  key_tape: "Pause or go on with the recording",
  event_call_recorded: "Recording",
  event_recording_played: "Recording played",
  event_recording_erased: "Recording erased",
};
