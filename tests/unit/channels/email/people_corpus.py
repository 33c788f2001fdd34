"""Invented mails by people whose words or headers look like a machine's."""

ANSWER = {"In_Reply_To": "<ours@solvik.example>"}
SUBJECTS = [
    "Frånvaro: Kalle klass 3", "Frånvaro Kalle 3B", "Frånvaroanmälan", "Frånvarande i morgon",
    "Semester i förskolan", "Semester", "Semesterstängt på badet?",
    "Fråga om automatiskt svar", "Automatiskt svar kom inte", "Automatisk dörröppnare",
    "Automatiska dörrar fungerar inte", "Autogiro för avgiften", "Auto parkerad fel",
    "Automaten på biblioteket", "Mitt mejl gick inte att leverera", "Jag fick ett automatiskt svar",
    "Leverans av sopkärl", "Försenad leverans av hemtjänst",
    "Fick tillbaka mitt mejl", "Fwd: Undelivered Mail Returned to Sender", "VB: Olevererbart: Altan",
    "Sv: Automatiskt svar: Altan", "Re: Automatic reply: deck", "Re: Out of Office: deck",
    "AW: Abwesenheitsnotiz: Altan", "Out of the box idea for the park", "Away team changing rooms",
    "Vacation home permit", "Vacation", "Absence of street lights", "Absence scolaire de Léa",
    "Ausencia de alumbrado", "Ferie i børnehaven", "Fravær i skolen", "Ferie", "Poissaolo koulusta",
    "Poissa huomenna", "Lomalla huomenna", "Urlaub im Juli", "Urlaubsbetreuung Hort", "Abwesenheit meines Sohnes",
    "Abwesend morgen", "Congés et cantine", "Congé maternité", "Vacaciones escolares", "Assenza scolastica",
    "Afwezigheid kind", "Urlop rodzicielski", "Отпуск по уходу за ребёнком",
    "Bounce house at the market", "Delivery of the bin is late", "Mail delivery på landsbygden",
    "Post som inte kommer fram", "Returnerad pant", "Brevlådan är full", "Mailbox full of flyers",
    "Postmaster i Solvik",
    "Unsubscribe me", "Avregistrera mig från nyhetsbrevet", "Bekräfta min ansökan", "Please confirm my booking",
    "Can you confirm my e-mail?", "Confirm", "Bekräfta", "Verification of income",
    "Notification om avgift", "Returned bin", "Failure of street lamp", "Warning: ice on the stairs",
    "Varning för hal gångväg", "Kvittens", "Läst er information", "Accepterat erbjudande om plats", "Ledig tomt?",
    "Jag är ledig på måndag", "Föräldraledig och barnomsorg", "Tjänstledig lärare", "Sjukskriven, behöver hjälp",
    "Svara inte på detta", "Inte på plats i dag", "On leave from school", "Holiday homes", "Auto",
]  # fmt: skip
"""As a new mail."""
BODIES = [
    "Jag är på semester till måndag men behöver svar innan dess.",
    "I am out of the office on Friday, can we meet on Monday?", "Ich bin im Urlaub, brauche aber Hilfe.",
    "Jag fick detta som svar: mejlet kunde inte levereras. Vad gör jag?",
    "Er automatiska telefonsvarare fungerar inte.", "Kan ni avregistrera mig?",
    "Do not reply to my neighbour, please.",
    "Mitt brev returnerades. 550 kr är för dyrt.", "Min adress är inte 550 utan 551.",
    "Kvoten är full, står det på hemsidan.", "Hei, en pääse huomenna paikalle.", "Je suis absente demain.",
    "Tack!\n\n> Det här är ett automatiskt svar.\n> KC-2026-000123",
    ("Tack!\n\nFrån: Bygg <bygg@solvik.example>\nSkickat: den 3 mars 2026 10:12\nTill: Eva\nÄmne: Sv: Altan\n\n"
    "Det här är ett automatiskt svar."),
    "Thanks\n\nOn Tue, 3 Mar 2026 at 10:12, Bygg <bygg@solvik.example> wrote:\n> This is an automatic reply.",
]  # fmt: skip
"""As a mail and as an answer."""
FIELDS: list[dict[str, str]] = [
    {"List_Unsubscribe": "<mailto:leave@forwarding.example>"},
    {"List_Unsubscribe": "<mailto:leave@forwarding.example>"} | ANSWER,
    {"X_Auto_Response_Suppress": "OOF"}, {"X_Auto_Response_Suppress": "None"},
    {"X_Auto_Response_Suppress": "DR, RN, NRN"}, {"Auto_Submitted": "no"}, {"Auto_Submitted": "No (a person)"},
    {"Auto_Submitted": ""}, {"Precedence": "normal"}, {"Precedence": "first-class"},
    {"Precedence": "special-delivery"}, {"X_Mailer": "PHPMailer 6"}, {"X_Mailer": "sendmail script"},
    {"X_Priority": "1"}, {"Disposition_Notification_To": "eva@citizen.example"},
    {"Return_Receipt_To": "eva@citizen.example"}, {"X_Spam_Flag": "YES"}, {"X_MS_Has_Attach": "yes"},
    {"X_MS_Exchange_Organization_AuthSource": "x"}, {"Sender": "app@service.example"}, {"Importance": "high"},
    {"Return_Path": "<eva@citizen.example>"}, {"From": "Nora Plyn <nora.plyn@citizen.example>"},
    {"From": "Bo Unce <bo.unce@citizen.example>"}, {"From": "Postmaster Ek <ek@gmail.com>"},
    {"From": "Abel Mail <mail@citizen.example>"}, {"Delivered_To": "eva@citizen.example"},
    {"X_Forwarded_To": "bygg@solvik.example"},
    {"Content_Type": "text/calendar; method=REQUEST"}, {"Thread_Topic": "Automatic reply"},
    {"Reply_To": "eva@citizen.example"}, {"Comments": "Auto-Submitted: auto-replied"},
]  # fmt: skip
