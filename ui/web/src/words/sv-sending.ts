export const svSending = {
  failingAddress: "Det senaste mejlet till {address} kom inte fram. {why}",
  moreFields: "Kopia, dold kopia, skicka senare",
  copyTo: "Kopia",
  blindCopyTo: "Dold kopia",
  sendAt: "Skicka",
  sentLater: "Svaret skickas {time}",
  undoReply: "Ångra",
  goesAt: "Skickas {time}",
  mail_undone: "Ångrat",
  event_reply_undone: "Svar ångrades",
};
