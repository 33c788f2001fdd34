import type { svOverflow } from "./sv-overflow";

export const enOverflow: Record<keyof typeof svOverflow, string> = {
  overflowTitle: "When the queue is long",
  overflowIntro:
    "The steps are tried in order, each at most once for a caller, and who came last goes first. They are changed in the configuration and count at once. The figures are those of the last day.",
  overflowNone: "No queue has any steps.",
  overflowStep: "Step",
  overflowWhen: "When",
  overflowTo: "Where to",
  overflowTaken: "Went there",
  overflowReturned: "Not reached",
  overflowAfter: "after {n} s",
  overflowCrowded: "at least {n} waiting for each agent",
  overflowFew: "fewer than {n} agents at work",
  overflowEnough: "at least {n} agents at work",
  overflowSaid: "“{words}”",
  overflowAlways: "always",
  overflow_agents: "Colleagues help out",
  overflow_queue: "Other queue",
  overflow_number: "Number outside",
  overflow_voicemail: "Voicemail",
  overflow_message: "Message, and the call ends",
};
