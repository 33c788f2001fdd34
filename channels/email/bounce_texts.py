"""Recipients named in sentences: what qmail, Postfix, Exim, Sendmail, Exchange, Domino and many others write."""

import re
from email.message import Message

from flufl.bounce import all_failures

from channels.email import bounce_words, headers, mailtext

LONGEST = 30_000
MOST = 200
MOST_LINES = 20_000
_A = bounce_words.ADDRESS
_ONE = re.compile(_A)
_QUOTED_LINE = re.compile(rf"^[ \t]*<({_A})>(?:[ \t]*\([^()\n]{{0,200}}\))?[ \t]*[:,]?(?:[ \t].*)?$", re.MULTILINE)
_BARE_LINE = re.compile(
    rf"^[ \t*•·>-]{{0,20}}(?:\d{{1,3}}[.)][ \t]*)?['\"(\[<]?(?:mailto:)?({_A})['\")\]>]?[ \t]*"
    r"(?:\([^()\n]{0,200}\)|on \d.*|[:;,.]|[:;-][ \t].*)?[ \t]*$",
    re.MULTILINE,
)
_LABELLED = re.compile(
    r"^[ \t*|-]{0,20}(?:(?:original |final |failed |rejected |intended |unknown |invalid |mail )?(?:recipients?|"
    r"addressee|rcpt|user|addresse?s?|e-?mail(?: address)?|mailbox)(?: ?(?:address|name|\(s\)|e-?mail))?|failed|"
    r"unable to deliver(?: (?:to|message to))?|could not (?:be )?deliver(?:ed)?(?: to)?|undeliver(?:ed|"
    r"able)(?: to)?|undeliverable address|mottagare|mottagarens adress|mottaker|modtager|vastaanottaja|empfänger|"
    r"destinataires?|destinatari[oa]?s?|ontvanger|adresat|odbiorca|"
    r"příjemce|получатель|címzett|alıcı|saaja|受信者|宛先|收件人|rcpt to|failed address|delivered to|message to|"
    r"smtp;?)[ \t]*[:：=][ \t]*(?:\S{1,40}[ ;])??[<'\"(\[]?(?:mailto:|smtp:|rfc822;[ ]?)?"
    rf"({_A})",
    re.IGNORECASE | re.MULTILINE,
)  # fmt: skip
_IN_REPLY = re.compile(
    rf"(?:rcpt to:[ ]?<?|(?:5\d\d|4\d\d)(?:[ -]#?[245]\.\d{{1,3}}\.\d{{1,3}})?[^\n@]{{0,80}}?<|(?:5\d\d|"
    rf"4\d\d)(?:[ -][245]\.\d{{1,3}}\.\d{{1,3}})?[ -:]{{1,3}}(?:user |recipient |mailbox |address |unknown |"
    rf"[\w ,]{{0,40}}: )?|"
    rf"(?:deliver(?:y|ed|ing)?|sent|sen[dt]|message|mail|addressed|reach(?:ed)?|destined|meddelandet|meddelande|"
    rf"mejl|levereras|leverera|nachricht|meldingen|melding|message envoyé|mensaje|messaggio|viesti|wiadomość|"
    rf"mensagem|bericht)[^\n@<>]{{0,60}}?[ \t]?(?:to|for|till|til|an|à|aux?|a|al|para|aan|naar|do|osoitteeseen|"
    rf"recipient(?:\(s\))?|user|address|mailbox)?[ :]*[\n ]?[ \t]{{0,8}}[<'\"(\[]?|"
    rf"(?:user|recipient|mailbox|account|address|konto|adressen|mottagaren|användaren|empfänger|adresse|kullanıcı|"
    rf"destinataire|destinatario)(?: \w+)?[ :]*[<'\"(\[])(?:mailto:|smtp:)?({_A})",
    re.IGNORECASE,
)  # fmt: skip
_SAYS = re.compile(
    rf"[<'\"(\[]?\b({_A})[>'\")\]]?[ ,:]{{1,3}}(?:\.\.\. |(?:is |was |has |could |does |did |not |unknown|user |"
    rf"host |no |mailbox|message |over |full|kunde |finns |wurde |konnte |n.a |n.est |no se |non |não |kon |nie |"
    rf"nelze |не |nem |ei |i'm|address |recipient |550|55\d|5\.\d))", re.IGNORECASE
)  # fmt: skip
_NOT_THEM = re.compile(
    r"^(?:postmaster|mailer-daemon|abuse|support|helpdesk|no-?reply|mail-daemon|info-spam|bounce[sd]?)[@+-]",
    re.IGNORECASE,
)


def recipients(message: Message, texts: str) -> list[tuple[str, str]]:
    """(address in lower case, what is said of it), in order. A library that knows many old servers is asked, too."""
    said = mailtext.before_original(texts)[:LONGEST]
    own = _own(message)
    listed = [who for who in _listed(said) if who not in own]
    names = _library(message) or listed or _any(said, own) or _subject(message, own) or _returned(message)
    return [(who, _why(said, who)) for who in names[:MOST]]


def _library(message: Message) -> list[str]:
    if sum(str(part.get_payload()).count("\n") for part in message.walk() if not part.is_multipart()) > MOST_LINES:
        return []  # it would take seconds
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 (a library that guesses at broken input)
        return []
    found = sorted(one.decode("utf-8", "replace").lower() for one in (permanent or temporary))
    return [one for one in found if _ONE.fullmatch(one)]


def _listed(said: str) -> list[str]:
    """The most certain habit that names somebody: a list of addresses, a label, an SMTP reply."""
    for pattern in (_QUOTED_LINE, _LABELLED, _BARE_LINE, _SAYS, _IN_REPLY):
        if found := [one.lower().strip(".'") for one in pattern.findall(said)]:
            kept = [one for one in dict.fromkeys(found) if not _NOT_THEM.match(one) and "." in one.rpartition("@")[2]]
            if kept:
                return kept[:MOST]
    return []


def _any(said: str, own: set[str]) -> list[str]:
    """The only address in the text that is not the server's."""
    found = dict.fromkeys(one.lower().strip(".'") for one in _ONE.findall(said))
    kept = [one for one in found if one not in own and not _NOT_THEM.match(one) and "." in one.rpartition("@")[2]]
    return kept if len(kept) == 1 else []


def _subject(message: Message, own: set[str]) -> list[str]:
    found = [one.lower() for one in _ONE.findall(headers.text(message, "Subject"))]
    return [one for one in found if one not in own][:1]


def _returned(message: Message) -> list[str]:
    """The recipient in the header of the mail that came back, when there is only one."""
    for part in mailtext.parts(message, inside=True):
        payload = part.get_payload()
        inner = payload[0] if isinstance(payload, list) and payload else None
        if part.get_content_type() == "message/rfc822" and isinstance(inner, Message):
            found = [address for _, address in headers.addresses(inner, "To", "Cc")]
        elif part.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers"):
            found = re.findall(rf"(?im)^to:.{{0,100}}?({_A})", mailtext.body(part))
        else:
            continue
        if len(set(found)) == 1:
            return [found[0].lower()]
    quoted = re.findall(rf"(?im)^[> \t]{{0,20}}to:.{{0,100}}?({_A})", mailtext.texts(message))
    return [quoted[0].lower()] if len(set(quoted)) == 1 else []


def _own(message: Message) -> set[str]:
    """The server's addresses, and ours that the report went to."""
    return {address for _, address in headers.addresses(message, "From", "To", "Sender", "Reply-To", "Delivered-To")}


def _why(said: str, who: str) -> str:
    """What follows the address, else what stands before it: up to the next one."""
    at = said.lower().find(who)
    if at < 0:
        return ""
    after = said[at + len(who) : at + len(who) + 800]
    following = next(
        (hit.start() for hit in _ONE.finditer(after) if hit.group(0).lower() != who and hit.start() > 60), None
    )
    before = said[max(0, at - 200) : at]
    return f"{after[:following]}\n{before}"
