"""The header of a mail that is quoted without marks, and the lines that announce one."""

import re
from collections.abc import Sequence

from channels.email.introductions import HEADER_LINES, addressed, dated

_FIELDS = {
    "from": "från|from|fra|von|de|lähettäjä|da|van|od|от|от кого|від|gönderen|kimden|"
    "差出人|送信者|发件人|寄件者|寄件人|보낸 사람|"
    "보낸사람|saatja|kellelt|no|nuo|feladó|von:|expéditeur|remitente|mittente|afzender|avsändare|avsender|afsender|"
    "absender|"
    "nadawca|odesílatel|odosielateľ|mailto|från/from|frá|expeditor|de la|από|מאת|من|từ|dari|จาก|šalje|"
    "pošiljatelj|sent by",
    "sent": "skickat|sent|sendt|gesendet|envoyé|envoyé le|lähetetty|inviato|verzonden|enviado|enviado el|enviada|"
    "enviada em|wysłano|odesláno|odoslané|отправлено|надіслано|gönderildi|gönderilme|"
    "送信日時|发送时间|發送時間|寄件日期|보낸 날짜|"
    "saadetud|nosūtīts|išsiųsta|elküldve|sendt den|skickades|sänt|mottaget|date d'envoi|envoyé à|trimis|εστάλη|"
    "נשלח|poslano|"
    "датум|enviat|发送日期|data wysłania",
    "date": "datum|date|dato|päivämäärä|päiväys|data|fecha|дата|tarih|日付|日時|日期|날짜|kuupäev|datums|dátum|dags|"
    "dags\\.|ngày|"
    "tanggal|ημερομηνία|pvm",
    "to": "till|to|til|an|à|vastaanottaja|a|aan|para|do|komu|кому|kime|宛先|收件人|收件者|"
    "받는 사람|받는사람|adressaat|kellele|kam|"
    "kam:|címzett|destinataire|destinatario|destinatário|mottagare|mottaker|modtager|empfänger|adresat|pre|"
    "către|προς|אל|"
    "إلى|đến|kepada|prima|za|adressat|destinataires|per",
    "subject": "ämne|subject|emne|betreff|objet|sujet|aihe|oggetto|onderwerp|asunto|assunto|temat|předmět|"
    "predmet|тема|konu|件名|"
    "主题|主旨|標題|제목|"
    "teema|temats|tema|tárgy|ärende|re|asia|subiect|θέμα|נושא|الموضوع|chủ đề|efni|assumpte|subj|rubrik",
    "cc": "kopia|cc|kopi|kopie|kopio|copie|copia|cópia|dw|копия|копія|bilgi|抄送|副本|참조|koopia|kopija|bcc|másolat|"
    "cc till|"
    "svar till|reply-to|vastausosoite|antwort an|répondre à|responder a",
}
_KIND = {word: kind for kind, words in _FIELDS.items() for word in words.split("|")}
_FIELD = re.compile(r"^[\s*_\"]*([^\W\d_][^:：*<>@]{0,24}?|[^:：*<>@\s]{1,8})[\s*_]*[:：][\s*_]*(.*)$")
_SAME_LINE = re.compile(
    r"^\W{0,3}(?:från|from|fra|von|de|lähettäjä|da|van|od|от)\W{0,3}:.{2,200}"
    r"\b(?:skickat|sent|sendt|gesendet|envoyé|lähetetty|date|datum|inviato|verzonden|enviado|wysłano)\W{0,3}:.{2,200}"
    r"\b(?:ämne|subject|emne|betreff|objet|aihe|oggetto|onderwerp|asunto|temat|to|till)\W{0,3}:",
    re.IGNORECASE,
)
_ANNOUNCED = (
    r"urspr(?:unglig\w*|\.)\s*(?:meddelande|mail|mejl|brev|avtalad tid|möte\w*)|originalmeddelande|"
    r"original\s*(?:appointment|meeting\w*|message|mail|e-?mail|"
    r"text)|"
    r"opprinnelig\s*melding|original\s*melding|oprindelig\s*(?:meddelelse|besked|mail)|original\s*(?:meddelelse|"
    r"besked)|"
    r"urspr(?:ü|ue)ngliche\s*(?:nachricht|mail|e-mail)|originalnachricht|message\s*d['’´ ]\s*origine|"
    r"message\s*original|"
    r"courriel\s*original|e-?mail\s*d['’]origine|message\s*initial|alkuperäinen\s*viesti|mensaje\s*original|"
    r"messaggio\s*originale|"
    r"messaggio\s*orig\.?|oorspronkelijk\s*bericht|origineel\s*bericht|mensagem\s*original|wiadomość\s*oryginalna|"
    r"oryginalna\s*wiadomość|původní\s*(?:zpráva|e-mail)|pôvodná\s*správa|исходное\s*сообщение|"
    r"оригинальное\s*сообщение|"
    r"пересылаемое\s*сообщение|переадресованное\s*сообщение|orijinal\s*(?:mesaj|ileti)|özgün\s*ileti|"
    r"algne\s*(?:kiri|teade)|"
    r"originaal\w*|sākotnējais\s*ziņojums|pradinis\s*laiškas|originalus\s*laiškas|eredeti\s*üzenet|"
    r"元のメッセージ|original\s*のメッセージ|原始邮件|原始郵件|原邮件|원본\s*메[시세]지|원본\s*메일|izvorna\s*poruka|izvirno\s*sporočilo|"
    r"mesaj\s*original|αρχικό\s*μήνυμα|הודעה\s*מקורית|upphaflegt?\s*\w*|antwort(?:\s*auf)?|reply\s*message|"
    r"previous\s*message|replied\s*message|reply\s*separator|quoted\s*(?:message|text)|message\s*from"
)
_FORWARDED = (
    r"vidarebefordrat\s*(?:meddelande|brev|mejl)|vidaresänt\s*meddelande|(?:begin\s*)?forwarded\s*(?:message|mail)|"
    r"forwarded\s*by\b.{0,80}|videresendt\s*(?:melding|meddelelse|besked)|videresend\w*\s*\w*|"
    r"weitergeleitete\s*(?:nachricht|e-?mail)|"
    r"anfang\s*der\s*weitergeleiteten\s*(?:nachricht|e-?mail)|message\s*transféré|"
    r"début\s*du\s*message\s*(?:réexpédié|transféré)|"
    r"courriel\s*transféré|välitetty\s*viesti|edelleenlähetetty\s*viesti|välitetyn\s*viestin\s*alku|"
    r"alkuperäinen\s*viesti|"
    r"messaggio\s*inoltrato|inizio\s*messaggio\s*inoltrato|doorgestuurd\s*bericht|begin\s*doorgestuurd\s*bericht|"
    r"mensaje\s*reenviado|inicio\s*del\s*mensaje\s*reenviado|mensagem\s*(?:encaminhada|reencaminhada)|"
    r"início\s*da\s*mensagem\s*(?:encaminhada|reencaminhada)|wiadomość\s*przekazana|"
    r"początek\s*przekazywanej\s*wiadomości|"
    r"přeposlaná\s*zpráva|preposlaná\s*správa|пересылаемое\s*письмо|начало\s*переадресованного\s*сообщения|"
    r"iletilen\s*(?:mesaj|ileti)|"
    r"edastatud\s*kiri|pārsūtīta\s*vēstule|persiųstas\s*laiškas|továbbított\s*\w*|転送(?:された)?メッセージ|转发的?邮件|已转发邮件|"
    r"轉寄(?:的)?郵件|전달된\s*메[시세]지|vidarebefordrar|början\s*på\s*vidarebefordrat\s*\w*|påbörjad\s*vidarebefordrad\s*\w*"
)
_DASHES = r"[-‐–—_=*~#+>\s]"
_SEPARATOR = re.compile(
    rf"^{_DASHES}{{2,40}}(?:{_ANNOUNCED}|{_FORWARDED})\s*:?{_DASHES}{{0,60}}(?:\S.{{0,100}}:)?$", re.IGNORECASE
)
_QQ = re.compile(r"^-{5,40}\s*original\s*-{5,40}$", re.IGNORECASE)
_STARTED = re.compile(rf"^[-_]{{3,40}}\s*(?:{_ANNOUNCED}|{_FORWARDED})\s*[-_]{{2,40}}", re.IGNORECASE)
_FROM = re.compile(
    r"^-{3,}\s*(?:message|meddelande|nachricht|messaggio)\s(?:from|från|von|de|"
    r"da)\s.{3,150}-{3,}$",
    re.IGNORECASE,
)
_BARE = re.compile(rf"^\W{{0,3}}(?:{_ANNOUNCED}|{_FORWARDED})\W{{0,3}}:\W{{0,3}}$", re.IGNORECASE)
_FORWARD = re.compile(_FORWARDED, re.IGNORECASE)
_INLINE = re.compile(
    rf"(?<=[^\s_-])[ \t]*(?:-{{3,}}|_{{3,}})[ \t]*(?:{_ANNOUNCED}|{_FORWARDED})[ \t]*(?:-{{2,}}|"
    rf"_{{2,}})",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"(?:reply|respond|response|answer|type|write|svara?|skriv\w*|vastaa|vastaus|kirjoita|antwort\w*|schreiben|"
    r"répon\w*|"
    r"écri\w*|respon\w*|escrib\w*|rispon\w*|scriv\w*|beantwoord\w*|odpow\w*|odpov\w*|ответ\w*)\b.{0,60}"
    r"\b(?:above|over|ovanför|ovan|ovenfor|over|yläpuolelle|yläpuolella|oberhalb|über|au-dessus|ci-dessus|"
    r"arriba|encima|sopra|boven|acima|powyżej|nad|выше)\b",
    re.IGNORECASE,
)
_MARKED = re.compile(r"^(?:[-=#*_~>\s\[<]{2,}|##).*(?:[-=#*_~\s\]>]{2,}|##)$|^(?:#{2,}|-{2,}|={2,}|\*{2,})\s*\S")
_RULE = re.compile(r"^[_\-=*─━—]{12,}$")


def field(line: str) -> str:
    """Which field of a header (`from`, `sent`, `date`, `to`, `subject`, `cc`) the line is; empty for none."""
    if ":" not in line[:60] and "：" not in line[:60]:
        return ""
    found = _FIELD.match(line[:200])
    return _KIND.get(found[1].strip().lower(), "") if found else ""


def block(lines: Sequence[str], at: int) -> int:
    """How many lines from `at` are the header of a quoted mail; 0 for none. Empty lines between fields are let in."""
    first = field(lines[at])
    if first not in ("from", "date", "subject", "sent", "to"):
        return 1 if first and _SAME_LINE.match(lines[at][:900]) else 0
    if _SAME_LINE.match(lines[at][:900]):
        return 1
    kinds, evidence, end, empty, strange = list[str](), "", at, 0, 0
    for place in range(at, min(at + HEADER_LINES, len(lines))):
        line = lines[place].strip()
        kind = field(line) if line else ""
        if kind and kind not in kinds:
            kinds, evidence, end, empty, strange = [*kinds, kind], evidence + " " + line[:300], place, 0, 0
        elif not line:
            empty += 1
            if empty > 1 or strange:
                break
        elif (empty and not kind) or strange >= 4 or (kind and kind not in ("cc", "to")):
            break
        else:
            strange += 1
    return end - at + 1 if _is_header(kinds, evidence) else 0


def _is_header(kinds: list[str], evidence: str) -> bool:
    """Timetables and forms have such fields, too: somebody must have sent something, or it must have a subject."""
    if "from" not in kinds or len(kinds) < 2:
        return False
    if "sent" in kinds or ("date" in kinds and addressed(evidence)):
        return True
    if "subject" not in kinds:
        return False
    return ("date" in kinds and (dated(evidence) or len(kinds) > 3)) or ("to" in kinds and addressed(evidence))


_LABELLED = re.compile(r"^\W{0,3}[^\W\d][^:：]{0,25}[:：]\W{0,3}\s\S")


def unknown(lines: Sequence[str], at: int) -> int:
    """How many lines are a header in a language that is not known here: asked only where a rule stands before."""
    end = at
    while end < min(at + HEADER_LINES, len(lines)) and _LABELLED.match(lines[end][:80]):
        end += 1
    said = " ".join(lines[at:end])
    return end - at if end - at >= 3 and (addressed(said) or dated(said)) else 0


def separator(line: str) -> bool:
    """ "-----Original Message-----" and its relatives."""
    if len(line.strip(" -‐–—_=*~#+>")) < 4:
        return False
    if len(line) < 200 and (_SEPARATOR.match(line) or _BARE.match(line) or _FROM.match(line)):
        return True
    return bool(_QQ.match(line[:200]) or _STARTED.match(line[:200]))


def forwards(line: str) -> bool:
    """Whether a separator announces something passed on, rather than something answered."""
    return bool(_FORWARD.search(line[:200]))


def marker(line: str) -> bool:
    """ "##- Please type your reply above this line -##": everything after it is ours."""
    return len(line) < 200 and bool(_MARKED.match(line)) and bool(_ABOVE.search(line))


def rule(line: str) -> bool:
    """A line of dashes or the like, as Outlook puts before a header."""
    return bool(_RULE.match(line))


def inline(line: str) -> int:
    """Where within a line a separator begins that should have had one of its own; -1 for nowhere."""
    found = _INLINE.search(line[:2000]) if "--" in line or "__" in line else None
    return found.start() if found else -1
