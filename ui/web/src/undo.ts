// Answers that have not gone yet can be taken back.
import { signal } from "@preact/signals";
import { act, composer, composerFocus, giveBack } from "./store";

/** Grows when a text is given back to the composer that it has not written itself. */
export const givenBack = signal(0);

/** Take back an answer that has not gone yet: what it said is the draft again. */
export async function undoReply(caseId: number, contactId: number): Promise<void> {
  const text = await act("undo_reply", { contact_id: contactId });
  if (text === undefined) return;
  giveBack(caseId, text);
  composer.value = "reply";
  givenBack.value += 1;
  composerFocus.value += 1;
}
