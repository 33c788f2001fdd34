"""Invented delivery reports in the words of many mail servers: whom, why, and what became of it."""

EVA, BO = "eva.ek@citizen.example", "bo.alm@citizen.example"
DAEMON = {
    "From": "Mail Delivery System <MAILER-DAEMON@relay.example>",
    "Subject": "Undelivered Mail Returned to Sender",
}


def _report(blocks: str, kind: str = "message/delivery-status") -> tuple[dict[str, str], str]:
    fields = DAEMON | {"Content_Type": "multipart/report; report-type=delivery-status; boundary=b"}
    return (
        fields,
        (
            f"--b\nContent-Type: text/plain\n\nSorry\n--b\nContent-Type: {kind}\n\nReporting-MTA: dns; "
            f"relay.example\n\n{blocks}\n--b--\n"
        ),
    )


def _text(
    subject: str, body: str, sender: str = "MAILER-DAEMON@relay.example", **fields: str
) -> tuple[dict[str, str], str]:
    return {"From": sender, "Subject": subject} | fields, body


FINAL = f"Final-Recipient: rfc822; {EVA}\n"
STRUCTURED = [
    (_report(f"{FINAL}Action: failed\nStatus: 5.1.1\n"), [EVA], "5.1.1", "failed", "unknown_user"),
    (_report(f"{FINAL}Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 5.1.1 <{EVA}> User unknown\n"),
    [EVA], "5.1.1", "failed", "unknown_user"),
    (_report(f"{FINAL}Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 552 mailbox full\n"), [EVA], "5.2.2",
    "failed", "full"),
    (_report(f"{FINAL}Action: delayed\nStatus: 4.4.1\n"), [EVA], "4.4.1", "delayed", "unreachable"),
    (_report(f"{FINAL}Action: relayed\nStatus: 2.0.0\n"), [EVA], "2.0.0", "relayed", "other"),
    (_report(f"{FINAL}Action: delivered\nStatus: 2.1.5\n"), [EVA], "2.1.5", "delivered", "other"),
    (_report(f"Original-Recipient: rfc822;{EVA}\nFinal-Recipient: rfc822;x@inner.example\nAction: failed\n"
    f"Status: 5.2.2\n"), [EVA], "5.2.2", "failed", "full"),
    (_report(f"{FINAL}Action: Failed (rejected)\nStatus: 5.7.1 (delivery not authorized)\n"), [EVA], "5.7.1",
    "failed", "blocked"),
    (_report(f"{FINAL}Action: failed\nDiagnostic-Code: smtp; 550 5.2.1 disabled\n"), [EVA], "5.2.1", "failed",
    "disabled"),
    (_report(f"{FINAL}Action: failed\nStatus: 5.3.4\n\nFinal-Recipient: rfc822; {BO}\nAction: delivered\n"
    f"Status: 2.0.0\n"), [EVA], "5.3.4", "failed", "too_large"),
    (_report(f"{FINAL}Action: failed\nStatus: 5.1.1\nFinal-Recipient: rfc822; {BO}\nAction: failed\nStatus: "
    f"5.1.1\n"), [EVA, BO], "5.1.1", "failed", "unknown_user"),
    (_report(f"{FINAL}Action: failed\nStatus: 5.4.4\n", "message/global-delivery-status"), [EVA], "5.4.4", "failed",
    "unknown_host"),
    (_report(f"Final-Recipient: RFC822;<{EVA}>\nAction:failed\nStatus:5.1.2\n"), [EVA], "5.1.2", "failed",
    "unknown_host"),
    (_report(f"{FINAL}Action: expired\nStatus: 4.4.7\n"), [EVA], "4.4.7", "failed", "timeout"),
]  # fmt: skip
UNDELIVERED = "Undelivered Mail Returned to Sender"
WRITTEN = [
    (_text(UNDELIVERED, f"I'm sorry to have to inform you.\n\n<{EVA}>: host mx.citizen.example[192.0.2.1] said: "
    f"550\n    5.1.1 <{EVA}>: Recipient address rejected: User unknown\n"), [EVA], "5.1.1"),
    (_text("failure notice",
    f"Hi. This is the qmail-send program at relay.example.\n\n<{EVA}>:\nSorry, no mailbox here by that name. "
    f"(#5.1.1)\n\n--- Below this line is a copy of the message.\n\nTo: {EVA}\n"), [EVA], "5.1.1"),
    (_text("failure notice",
    f"Hi. This is the qmail-send program.\n\n<{EVA}>:\n192.0.2.1 does not like recipient.\nRemote host said: "
    f"552 mailbox full\n"), [EVA], "5.2.2"),
    (_text("Mail delivery failed: returning message to sender",
    f"A message could not be delivered.\nThe following address(es) failed:\n\n  {EVA}\n    SMTP error from "
    f"remote mail server after RCPT TO:<{EVA}>:\n    550 5.7.1 blocked by policy\n"), [EVA], "5.7.1"),
    (_text("Mail delivery failed", "It failed.", X_Failed_Recipients=EVA), [EVA], ""),
    (_text("Mail delivery failed", "It failed.", X_Failed_Recipients=f"{EVA}, {BO}"), [EVA, BO], ""),
    (_text("Returned mail: see transcript for details",
    f"   ----- The following addresses had permanent fatal errors -----\n<{EVA}>\n    (reason: 550 5.1.1 User "
    f"unknown)\n"), [EVA], "5.1.1"),
    (_text("Undeliverable: Altan",
    f"Your message did not reach some or all of the intended recipients.\n\nThe following recipient(s) could "
    f"not be reached:\n\n      '{EVA}' on 3/3/2026 10:12\n            550 5.1.1 unknown\n",
    "System Administrator <postmaster@relay.example>"), [EVA], "5.1.1"),
    (_text("Olevererbart: Altan",
    f"Det gick inte att leverera till följande mottagare eller grupper:\n\n{EVA}\nMottagarens postlåda är full "
    f"och kan inte ta emot meddelanden.\n", "Microsoft Outlook "
    "<MicrosoftExchange329@solvik.example>"), [EVA], "5.2.2"),
    (_text("Unzustellbar: Altan",
    f"Fehler bei der Nachrichtenzustellung an folgende Empfänger:\n\n{EVA}\nDie E-Mail-Adresse wurde nicht "
    f"gefunden.\n", "postmaster@solvik.example"), [EVA], "5.1.1"),
    (_text("Non remis : Altan", f"Échec de la remise à ces destinataires :\n\n{EVA}\nAdresse introuvable.\n",
    "postmaster@solvik.example"), [EVA], "5.1.1"),
    (_text("Kan ikke leveres: Altan", f"Meldingen kunne ikke leveres til:\n\n{EVA}\nBrukeren finnes ikke.\n",
    "postmaster@solvik.example"), [EVA], "5.1.1"),
    (_text("Delivery Status Notification (Failure)",
    f"Your message wasn't delivered to {EVA} because the address couldn't be found.\nThe response was:\n550 "
    f"5.1.1 The email account does not exist.\n", "Mail Delivery Subsystem "
    "<mailer-daemon@mail.example>"), [EVA], "5.1.1"),
    (_text("Failure Notice",
    f"Sorry, we were unable to deliver your message to the following address.\n\n<{EVA}>:\n554: delivery error: "
    f"dd This user doesn't have an account\n"), [EVA], "5.1.1"),
    (_text("Message status - undeliverable",
    f"The message that you sent was undeliverable to the following:\n\t{EVA} (user not found)\n",
    "postmaster@relay.example"), [EVA], "5.1.1"),
    (_text("DELIVERY FAILURE: User not listed in directory",
    f"Your message\n\n  Subject: Altan\n\nwas not delivered to:\n\n  {EVA}\n\nbecause:\n\n  User not listed in "
    f"Domino Directory\n", "Postmaster@relay.example"), [EVA], "5.1.1"),
    (_text("Undeliverable Mail", f"User mailbox exceeds allowed size: {EVA}\n\nOriginal message follows.\n",
    "postmaster@relay.example"), [EVA], "5.2.2"),
    (_text("Warning: message 1x delayed 24 hours",
    f"A message has not yet been delivered.\n\n  {EVA}\n    Delay reason: connection timed out\n\nNo action is "
    f"required; delivery attempts will continue.\n"), [EVA], "4.4.7"),
    (_text("Mail System Error - Returned Mail",
    f"This Message was undeliverable due to the following reason:\n\nThe user(s) account is temporarily over "
    f"quota.\n\n<{EVA}>\n", "postmaster@relay.example"), [EVA], "5.2.2"),
    (_text("Undeliverable message",
    f"Could not deliver message to the following recipient(s):\n\nFailed Recipient: {EVA}\nReason: Remote host "
    f"said: 550 No such user\n", "postmaster@relay.example"), [EVA], "5.1.1"),
    (_text("Mail delivery failed: returning message to sender",
    f"The following address failed:\n\n<{EVA}>:\n    SMTP error: Requested mail action aborted: exceeded "
    f"storage allocation, Quota exceeded\n", "mailer-daemon@freemail.example"), [EVA], "5.2.2"),
    (_text("[BOUNCE] Delivery failure", f"550 Relaying denied for <{EVA}>\n"), [EVA], "5.7.1"),
    (_text("Undeliverable: Altan", f"Message for <{EVA}> would exceed the maximum message size 10 MB.\n"), [EVA],
    "5.3.4"),
    (_text("Returned mail: Host unknown",
    f"   ----- The following addresses had permanent fatal errors -----\n<{EVA}>\n\n550 Host unknown (Name "
    f"server: citizen.example: host not found)\n"), [EVA], "5.1.2"),
    (_text("Delivery failure", f"Your message to {EVA} was rejected as spam.\n"), [EVA], "5.7.1"),
    (_text("配信不能", f"次の宛先に配信できませんでした。\n\n<{EVA}>: ユーザーが見つかりません\n"), [EVA], "5.1.1"),
    (_text("Недоставленное сообщение", f"Сообщение не доставлено:\n\n{EVA}\nПочтовый ящик переполнен\n"), [EVA],
    "5.2.2"),
    (_text("Niedostarczalne: Altan", f"Nie można dostarczyć wiadomości:\n\n{EVA}\nAdres nie istnieje\n"), [EVA],
    "5.1.1"),
    (_text("Onbestelbaar: Altan", f"Uw bericht kon niet worden bezorgd:\n\n{EVA}\nDe gebruiker bestaat niet.\n"),
    [EVA], "5.1.1"),
    (_text("Toimittamaton: Altan", f"Viestiä ei voitu toimittaa:\n\n{EVA}\nOsoitetta ei löytynyt.\n"), [EVA], "5.1.1"),
]  # fmt: skip
