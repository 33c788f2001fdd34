export const svWaiting = {
  waitingTitle: "Vad de som väntar får höra",
  waitingIntro:
    "Plats och väntetid sägs bara när det går att stå för dem: aldrig mer än vad som sagts förut, och ingen tid när felet är stort, handläggarna få eller underlaget litet.",
  waitingNone: "Ingen har väntat så länge att något skulle sägas.",
  waitingFailed: "Det gick inte att hämta. Läs in sidan igen.",
  waitingQueue: "Kö",
  waitingPlaces: "Platser sagda",
  waitingRanges: "Tider sagda",
  waitingKept: "Svar inom sagd tid",
  waitingError: "Fel (4 av 5 inom)",
  waitingMean: "Fel i medeltal",
  event_callback_promised: "Behåller platsen och blir uppringd",
  event_callback_settled: "Löftet om uppringning är avslutat",
  waitingSeconds: "{n} s",
};
