import type { svSending } from "./sv-sending";

export const enSending: Record<keyof typeof svSending, string> = {
  failingAddress: "The last mail to {address} could not be delivered. {why}",
  key_template: "Answer with a template",
  templatesTitle: "Templates",
  templatesNone: "There are no templates for this unit.",
  templateFind: "Find a template",
  moreFields: "Copy, blind copy, send later",
  copyTo: "Copy",
  blindCopyTo: "Blind copy",
  sendAt: "Send",
  sentLater: "The answer goes {time}",
  undoReply: "Undo",
  goesAt: "Goes {time}",
  mail_undone: "Taken back",
  event_reply_undone: "Answer taken back",
};
