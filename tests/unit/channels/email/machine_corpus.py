"""Invented mails by machines and by people, as tables: what a mail is, in the words of many programs and languages."""

from email.message import Message
from email.parser import BytesParser

OURS = "bygg@solvik.example"
EVA = "eva.ek@citizen.example"


def mail(fields: dict[str, str], body: str = "Hej\n") -> Message:
    """A mail as it is parsed: `_` in a field's name stands for `-`."""
    base = {"From": f"Eva Ek <{EVA}>", "To": OURS, "Subject": "Altan", "Message-ID": "<1@citizen.example>"}
    given = {name.replace("_", "-"): value for name, value in fields.items()}
    lines = [f"{name}: {value}" for name, value in (base | given).items()]
    plain = (
        []
        if any(line.lower().startswith("content-type") for line in lines)
        else ["Content-Type: text/plain; charset=utf-8"]
    )
    return BytesParser().parsebytes("\n".join([*lines, *plain, "MIME-Version: 1.0", "", body]).encode())


ANSWER = {"In_Reply_To": "<ours@solvik.example>"}
REPLIES: list[tuple[str, dict[str, str], str]] = [
    *(("auto_reply", {"Auto_Submitted": value}, "Tack, vi har fått ditt mejl.") for value in (
        "auto-replied", "auto-replied (vacation)", "Auto-Replied; owner-email=x@y.example",
        "(a comment) auto-replied", "AUTO-REPLIED")),
    *(("auto_reply", {name: "yes"}, "Tack.") for name in (
        "X_Autoreply", "X_Auto_Reply", "X_Autorespond", "X_Autoresponder", "X_Auto_Reply_From", "X_Mail_Autoreply",
        "X_AutoReply_From")),
    ("out_of_office", {"X_Vacation": "yes"}, "Hej"),
    ("auto_reply", {"Delivered_To": "Autoresponder"}, "Hej"),
    ("auto_reply", {"Precedence": "auto_reply"}, "Hej"),
    ("auto_reply", {"X_POST_MessageClass": "9; Autoresponder"}, "Hej"),
    ("out_of_office", {"X_MS_Exchange_Inbox_Rules_Loop": EVA}, "Hej"),
    ("out_of_office", {"Auto_Submitted": "auto-replied"}, "Jag är på semester till den 3 augusti."),
    ("out_of_office", {"Auto_Submitted": "auto-replied"}, "I am out of the office until Monday."),
    *(("auto_reply", {"Subject": f"{word} Altan"}, "Tack för ditt mejl.") for word in (
        "Automatiskt svar:", "Autosvar:", "Automatic reply:", "Auto-Reply:", "AutoReply:", "Auto Response:",
        "Automated response:",
        "Automaattinen vastaus:", "Automatisk svar:", "Automatisk besvarelse:", "Automatische Antwort:",
        "Réponse automatique :", "Automatisch antwoord:",
        "Respuesta automática:", "Risposta automatica:", "Resposta automática:", "Odpowiedź automatyczna:",
        "Automatická odpověď:", "Автоматический ответ:",
        "Automatikus válasz:", "Otomatik Yanıt:", "自動応答:", "自动答复:", "Automaatvastus:",
        "[EXTERN] Automatiskt svar:", "Automatisches Antwort:")),
    *(("out_of_office", {"Subject": f"{word}"}, "Tack.") for word in (
        "Out of Office: Altan", "Out of the office", "Out of Office AutoReply: Altan", "OOO: Altan",
        "Frånvaromeddelande: Altan", "Fraværsmelding: Altan",
        "Poissaoloilmoitus: Altan", "Abwesenheitsnotiz: Altan", "Abwesenheitsbenachrichtigung",
        "Absence du bureau : Altan", "Fuera de la oficina: Altan",
        "Fuori ufficio: Altan", "Fora do escritório: Altan", "Niet aanwezig: Altan", "Poza biurem: Altan",
        "Mimo kancelář: Altan", "Вне офиса: Altan",
        "Házon kívül: Altan", "Ofis dışında: Altan", "不在通知: Altan", "Vacation reply",
        "AUTO: Eva Ek is out of the office (returning 3 August)", "Away from the office: Altan")),
    *(("out_of_office", {"Subject": subject} | ANSWER, body) for subject, body in (
        ("Frånvaro: semester till 3 augusti", ""), ("Semester", "Jag är på semester till den 3/8."),
        ("Frånvarande Re: Altan", "Jag är ledig till måndag."),
        ("Fravær: Altan", "Jeg er på ferie til 3. august."), ("Poissa: Altan", "Olen lomalla 3.8. asti."),
        ("Urlaub", "Ich bin im Urlaub bis 3. August."),
        ("Absence", "Je suis absent du 1er au 3 août."), ("Ausente", "Estaré fuera hasta el lunes."), ("Assente",
        "Sono in ferie fino al 3."),
        ("Afwezig", "Ik ben afwezig tot 3 augustus."), ("Urlop", "Jestem na urlopie do 3 sierpnia."), ("On leave",
        "I am on annual leave until 3 August."))),
    *(("auto_reply", {"Subject": "Re: Altan"} | ANSWER, body) for body in (
        "Detta är ett automatiskt svar.", "This is an automated response. We got your mail.",
        "Dies ist eine automatische Antwort.", "Ceci est une réponse automatique.",
        "Dette er et automatisk svar.", "Tämä on automaattinen vastaus.", "Dit is een automatisch antwoord.",
        "Esta es una respuesta automática.")),
]  # fmt: skip
OTHERS: list[tuple[str, dict[str, str], str]] = [
    *(("mailing_list", {name: "<x.y.example>"}, "Hej alla") for name in ("List_Id", "List_Post", "Mailing_List",
    "X_Mailing_List", "X_BeenThere")),
    ("mailing_list", {"Precedence": "list"}, "Hej alla"),
    ("bulk", {"Precedence": "bulk"}, "Erbjudande"), ("bulk", {"Precedence": "junk"}, "Erbjudande"), ("bulk",
    {"Feedback_ID": "1:2:3"}, "Erbjudande"),
    *(("bulk", {"List_Unsubscribe": "<https://shop.example/u>"}, body) for body in (
        "Erbjudande. Avregistrera dig här", "Offers. Unsubscribe", "Angebote. Newsletter abbestellen",
        "Tarjous. Peruuta tilaus", "Tilbud. Afmeld her", "Offres. Désabonnez-vous")),
    *(("generated", {"Auto_Submitted": value}, "Larm") for value in ("auto-generated", "auto-generated (cron)",
    "Auto-Generated; x=y")),
    *(("generated", {"From": f"{local}@shop.example"}, "Din order") for local in (
        "noreply", "no-reply", "no_reply", "do-not-reply", "donotreply", "svara-ej", "svarainte", "ikke-svar",
        "ei-vastausta", "nicht-antworten", "nepasrepondre",
        "no-responder", "orders-noreply", "noreply+17", "notifications", "news.no-reply")),
    *(("generated", {name: "x"}, "Larm") for name in ("X_Cron_Env", "X_Autogenerated", "X_FC_MachineGenerated",
    "X_Loop", "X_RT_Loop_Prevention", "X_Github_Reason")),
    ("generated", {"X_Auto_Response_Suppress": "All"}, "Larm"), ("generated",
    {"X_Auto_Response_Suppress": "DR, RN, NRN, OOF, AutoReply"}, "Larm"),
    *(("challenge", {"Subject": subject}, "Please confirm your message by clicking the link.") for subject in (
        "Please confirm your message", "Re: Altan - sender verification required",
        "Your mail to anna@x.example requires confirmation", "Sender authentication request", "Whitelist request")),
    ("challenge", {"X_Boxtrapper": "verify"}, "Hej"),
    ("read_receipt", {"Content_Type": "multipart/report; report-type=disposition-notification; boundary=b",
    "Subject": "Läst: Altan"},
     ("--b\nContent-Type: text/plain\n\nLäst\n--b\nContent-Type: message/disposition-notification\n\n"
     "Disposition: manual-action/MDN-sent-manually; displayed\n--b--\n")),
    ("feedback_report", {"Content_Type": "multipart/report; report-type=feedback-report; boundary=b"},
     ("--b\nContent-Type: text/plain\n\nabuse\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: "
     "abuse\n--b--\n")),
    ("calendar_answer", {"Content_Type": "text/calendar; method=REPLY; charset=utf-8",
    "Subject": "Accepterat: möte"}, "BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n"),
    ("calendar_answer", {"Content_Type": "text/calendar", "Subject": "Declined: meeting"},
    "BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n"),
]  # fmt: skip
