"""What is said to people when something is refused, in their language. A test looks for codes without a text."""

_TEXTS: dict[str, tuple[str, str]] = {
    "absence_code": ("Koden går inte att använda.", "This code cannot be used."),
    "absence_many": ("Det finns redan många planerade frånvaror.", "There are many planned absences already."),
    "absence_reason": ("Den orsaken går inte att välja.", "This reason cannot be chosen."),
    "absence_until": ("Välj en tid inom ett år.", "Choose a time within a year."),
    "calendar_address": ("Kalenderns adress måste börja med https://.", "A calendar's address begins with https://."),
    "calendar_endless": ("Kalendern går inte att räkna ut.", "The calendar cannot be worked out."),
    "calendar_gone": ("Kalendern finns inte längre där.", "The calendar is not there any more."),
    "calendar_too_full": ("Kalendern har för många poster.", "The calendar has too many entries."),
    "calendar_too_large": ("Kalendern är för stor.", "The calendar is too large."),
    "calendar_unreachable": ("Kalendern går inte att nå.", "The calendar cannot be reached."),
    "calendar_unreadable": ("Det är ingen kalender.", "That is no calendar."),
    "csv": ("Filen går inte att läsa in.", "The file cannot be read."),
    "no_directory_entry": ("Du finns inte i katalogen.", "You have no entry in the directory."),
    "no_mail_address": ("Kollegan har ingen e-postadress.", "There is no mail address of this colleague."),
    "no_such_person": ("Personen finns inte i katalogen.", "There is no such person in the directory."),
    "ldap_slow": ("Katalogservern svarar för långsamt.", "The directory server takes too long."),
    "ldap_unreachable": ("Katalogservern går inte att nå.", "The directory server cannot be reached."),
    "ldap_too_large": ("Katalogservern svarar med för mycket.", "The directory server tells too much."),
    "too_many_gone": (
        "För många skulle försvinna ur katalogen. Är filen hel?",
        "Too many would disappear from the directory. Is the file whole?",
    ),
    "agent_has_offer": ("Kollegan har redan ett erbjudande.", "The colleague already has an offer."),
    "arguments": ("Uppgifterna gick inte att förstå.", "The details could not be understood."),
    "bad_json": ("Uppgifterna gick inte att förstå.", "The request could not be read."),
    "body": ("Uppgifterna gick inte att förstå.", "The request could not be read."),
    "body_too_large": ("Det är för stort.", "That is too large."),
    "call_elsewhere": ("Samtalet har gått vidare.", "The call has moved on."),
    "no_wrap_up": ("Du har inget efterarbete nu.", "You are not writing up a call now."),
    "nobody_consulted": ("Det finns ingen annan i samtalet än.", "Nobody else is on the line yet."),
    "not_parked": ("Samtalet är inte parkerat längre.", "The call is not parked any more."),
    "tones": ("Det är inga toner.", "Those are no tones."),
    "wrap_up_long": (
        "Sätt dig som frånvarande om du behöver längre tid.",
        "Set yourself away when you need longer.",
    ),
    "call_going_on": ("Avsluta samtalet först.", "End the call first."),
    "case_merged": ("Ärendet har slagits ihop med ett annat.", "The case has been merged into another."),
    "case_moved_on": ("Någon annan hann före.", "Somebody else was first."),
    "changed_meanwhile": ("Ärendet har ändrats sedan du läste det.", "The case has changed since you read it."),
    "configuration": ("Konfigurationen har ett fel.", "There is an error in the configuration."),
    "credentials": ("Fel användarnamn eller lösenord.", "The login or the password is not right."),
    "database": ("Databasen svarar inte. Försök igen.", "The database does not answer. Try again."),
    "disk_full": ("Disken är full. Säg till driften.", "The disk is full. Tell operations."),
    "empty": ("Skriv något först.", "Write something first."),
    "exchange_away": ("Växeln är inte ansluten.", "The telephone exchange is not connected."),
    "exchange_died": ("Växeln har stannat. Den startas om.", "The exchange has stopped. It is being started again."),
    "exchange_lost": ("Förbindelsen till växeln bröts.", "The link to the telephone exchange was cut."),
    "exchange_refused": ("Växeln sade nej.", "The telephone exchange refused."),
    "exchange_silent": ("Växeln svarade inte.", "The telephone exchange did not answer."),
    "file_too_large": ("Filen är för stor.", "The file is too large."),
    "forbidden": ("Det får du inte.", "You may not do that."),
    "handed_off_anew": ("Ärendet har lämnats över på nytt.", "The case has been handed off anew."),
    "if_match_missing": ("If-Match saknas.", "If-Match is missing."),
    "internal_error": ("Något gick fel hos oss. Försök igen.", "Something went wrong on our side. Try again."),
    "is_call": ("Samtal tas i telefonen.", "A call is answered on the telephone."),
    "json_only": ("Bara JSON tas emot.", "Only JSON is taken."),
    "key_reused": ("Nyckeln har använts till något annat.", "This Idempotency-Key was used for something else."),
    "key_in_use": ("Samma begäran pågår redan.", "The same request is going on already."),
    "link_expired": ("Länken gäller inte längre.", "This link is no longer valid."),
    "list_cut": ("Växeln svarade inte.", "The telephone exchange did not answer."),
    "login_taken": ("Användarnamnet är upptaget.", "This login is taken."),
    "may_not_pick": ("Ta nästa ärende. Att välja fritt är en rättighet.", "Take the next case. Picking is a right."),
    "merge": ("Välj ett annat ärende att slå ihop med.", "Choose another case to merge into."),
    "method_not_allowed": ("Det går inte här.", "That cannot be done here."),
    "no_such_call": ("Samtalet är slut.", "The call has ended."),
    "no_such_case": ("Ärendet finns inte.", "There is no such case."),
    "no_such_citizen": ("Medborgaren finns inte.", "There is no such citizen."),
    "no_such_delivery": ("Överlämningen finns inte.", "There is no such hand-off."),
    "no_such_file": ("Filen finns inte.", "There is no such file."),
    "no_such_link": ("Länken finns inte.", "There is no such link."),
    "no_such_offer": ("Erbjudandet finns inte.", "There is no such offer."),
    "no_such_organisation": ("Organisationen finns inte.", "There is no such organisation."),
    "no_such_queue": ("Kön finns inte.", "There is no such queue."),
    "no_such_topic": ("Ärendetypen finns inte.", "There is no such topic."),
    "no_such_user": ("Användaren finns inte.", "There is no such user."),
    "no_target": ("Ärendetypen har ingenstans att lämnas över till.", "This topic has nowhere to be handed off to."),
    "no_telephone": ("Du har ingen telefon.", "You have no telephone."),
    "no_telephony": ("Telefonin är inte ansluten.", "Telephony is not connected."),
    "not_allowed": ("Det får du inte.", "You may not do that."),
    "not_found": ("Sidan finns inte.", "There is no such page."),
    "not_resendable": ("Överlämningen är på väg eller framme.", "This hand-off is on its way or has arrived."),
    "not_yours_to_configure": ("Det hör inte till er organisation.", "That is not your organisation's."),
    "not_your_call": ("Någon annan talar där.", "Somebody else talks there."),
    "not_yours": ("Ärendet är inte hos dig.", "This case is not in your hands."),
    "nothing_waits": ("Inget väntar på dig.", "Nothing waits for you."),
    "agi": ("Växeln gjorde inte det den ombads om.", "The exchange did not do what it was asked to."),
    "number": ("Det är inget telefonnummer.", "This is not a telephone number."),
    "offer_over": ("Erbjudandet är över.", "The offer is over."),
    "on_call": ("Avsluta samtalet först.", "End the call first."),
    "origin": ("Sidan öppnades från en okänd adress.", "The page was opened from an unknown address."),
    "overloaded": ("För mycket på en gång. Försök igen.", "Too much at once. Try again."),
    "password": ("Lösenordet är för kort.", "The password is too short."),
    "personal_number": ("Ett personnummer har tolv siffror.", "A personal number has twelve digits."),
    "presence": ("Det läget kommer av sig självt.", "This state comes by itself."),
    "priority": ("Prioriteten är mellan -1 och 2.", "Priority is between -1 and 2."),
    "reason": ("Okänd frånvaroorsak.", "Unknown reason for being away."),
    "recipients": ("Kontrollera mottagarna.", "Check the recipients."),
    "register": ("Telefonin är inte redo.", "Telephony is not ready."),
    "scope": ("Nyckeln har inte den rätten.", "The key does not have that right."),
    "signature": ("Signaturen stämmer inte.", "The signature is not right."),
    "signature_too_old": ("Signaturen är för gammal.", "The signature is too old."),
    "status": ("Välj vad som har hänt med ärendet.", "Choose what became of the case."),
    "target": ("Välj en kö eller en kollega.", "Choose a queue or a colleague."),
    "too_many_attempts": ("För många försök. Vänta en stund.", "Too many attempts. Wait a while."),
    "too_many_requests": ("För många anrop. Vänta en stund.", "Too many requests. Wait a while."),
    "topic": ("Välj ärendetyp först.", "Choose a topic first."),
    "two_citizens": ("Ärendena gäller olika medborgare.", "The cases are about different citizens."),
    "unauthorized": ("Logga in.", "Sign in."),
    "unfit_action": ("Det går inte att göra.", "That cannot be done."),
    "unfit_number": ("Det numret går inte att ringa.", "This number cannot be called."),
    "unfit_value": ("Det går inte att ringa.", "That cannot be called."),
    "unknown_host": ("Okänd adress. Ange den i CC_PUBLIC_URL.", "Unknown address. Name it in CC_PUBLIC_URL."),
    "unknown_verb": ("Det går inte att göra.", "There is no such verb."),
    "until": ("Välj en tid inom ett år.", "Choose a time within a year."),
    "upload": ("Bifoga filen på nytt.", "Attach the file again."),
    "menu_changed": (
        "Någon annan har ändrat menyn. Läs in den på nytt.",
        "Somebody else has changed this menu. Load it again.",
    ),
    "menu_wrong": (
        "Menyn har fel som måste rättas först.",
        "The menu has errors that must be put right first.",
    ),
    "message_empty": (
        "Ge meddelandet ett namn och en text eller inspelning.",
        "Give the message a name and a text or recording.",
    ),
    "message_long": (
        "Meddelandet är för långt.",
        "The message is too long.",
    ),
    "message_minutes": (
        "Välj en tid mellan en minut och 24 timmar.",
        "Choose a time from one minute to 24 hours.",
    ),
    "message_off": (
        "Meddelandet är inte på.",
        "The message is not on.",
    ),
    "message_on": (
        "Stäng av meddelandet först.",
        "Switch the message off first.",
    ),
    "no_such_message": (
        "Meddelandet finns inte.",
        "There is no such message.",
    ),
    "no_such_number": (
        "Numret finns inte.",
        "There is no such number.",
    ),
    "no_such_prompt": (
        "Inspelningen finns inte.",
        "There is no such recording.",
    ),
    "no_such_surge": (
        "Det finns inte längre.",
        "It is no longer there.",
    ),
    "no_such_trial": (
        "Provsamtalet finns inte längre.",
        "The test call is no longer there.",
    ),
    "no_such_version": (
        "Versionen finns inte.",
        "There is no such version.",
    ),
    "phone_code": (
        "Koden ska ha 6–12 siffror, inte bara samma eller i följd.",
        "The code has 6 to 12 digits, not all alike or in a row.",
    ),
    "prompt_key": (
        "Namnet får ha små bokstäver a–z, siffror och streck.",
        "The name may have small letters, digits and dashes.",
    ),
    "prompt_not_made": (
        "Ljudet kunde inte göras. Kontrollera talsyntesen.",
        "The sound could not be made. Check the synthesiser.",
    ),
    "sound_format": (
        "Ljudfilen går inte att läsa. Använd WAV, 16 bitar, 8–48 kHz.",
        "The sound cannot be read. Use WAV, 16 bits, 8–48 kHz.",
    ),
    "sound_long": (
        "Ljudet är för kort eller för långt (0,3–180 sekunder).",
        "The sound is too short or too long (0.3 to 180 seconds).",
    ),
    "sound_silent": (
        "Det hörs ingenting i inspelningen.",
        "Nothing can be heard in the recording.",
    ),
    "too_many_messages": (
        "Det finns för många meddelanden. Ta bort några.",
        "There are too many messages. Remove some.",
    ),
    "yourself": ("Du kan inte ta ifrån dig själv rättigheter.", "You cannot take your own rights away."),
}
_DETAILED = frozenset(
    {"menu_wrong", "arguments", "bad_json", "body", "configuration", "password", "scope", "not_yours_to_configure"}
)
"""Codes whose own sentence says more than ours: it is added."""


def text(code: str, language: str, detail: str = "") -> str:
    """A sentence for `code`; `detail` where we have none, or beside it where it says what exactly is wrong."""
    if code not in _TEXTS:
        return detail or code
    said = _TEXTS[code][1 if language == "en" else 0]
    return f"{said} ({detail})" if detail and detail != code and code in _DETAILED else said


def known() -> frozenset[str]:
    """The codes that have a text."""
    return frozenset(_TEXTS)
