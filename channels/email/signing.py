"""Where the signature of a mail begins: delimiters, telephones' advertisements, cards, disclaimers, lists' footers."""

import re
from collections.abc import Sequence

LONGEST_SIGNATURE = 30
"""Lines after a delimiter; more is not a signature but the rest of the mail."""
LONGEST_FOOTER = 12
"""Lines after a rule of dashes, which often stands in running text."""
LONGEST_CARD = 14
"""Lines from "Best regards" to the last telephone number."""
MOST_SIGNATURES = 20
"""One after the other."""

_DELIMITER = re.compile(r"^(?:--|—|––|- -|-- -|&#45;&#45;|-{2}\s*/)$")
_RULE = re.compile(r"^(?:_{2,}|-{3,}|={5,}|\*{5,}|~{3,}|—{2,}|─{3,}|-=+-|[-_]{2,}\*[-_]{2,})$")
_NAMED = re.compile(r"^(?:--?|—|–|~)\s*(?!\d)([A-ZÅÄÖÉÜØÆŁŠŽА-Я][\w.'’-]*(?:\s[A-ZÅÄÖÉÜØÆŁŠŽА-Я][\w.'’-]*){0,3})$")
_THINGS = (
    r"iphon\w*|ipad|ipod|ios|android|samsung|galaxy|huawei|xiaomi|nokia|lumia|sony|xperia|htc|lg\b|motorola|"
    r"oneplus|pixel|"
    r"blackberry|windows|outlook|hotmail|yahoo|gmail|mail\b|telefon|mobil\w*|phone|puhelim\w*|iphone\w*|handy|"
    r"smartphone|"
    r"surfplatt\w*|läsplatt\w*|tablet\w*|tabletti\w*|taulutieto\w*|device|enhet|gerät|appareil|dispositivo|"
    r"cell\w*|spark|proton\w*|"
    r"thunderbird|k-9|aquamail|bluemail|airmail|nine|newton|verizon|at&t|t-mobile|o2|vodafone|telia|mac\b|macbook|"
    r"telefoon|telefonu|telefonu|cellulare|móvil|celular|téléphone|portable|мобильн\w*|телефон\w*|cep|akıllı|"
    r"palm|treo|"
    r"fairphone|zimbra|superhuman|mailbird|tutanota|tuta|web\.de|gmx|posteo|mail\.com|fastmail|typeapp|edison|"
    r"polymail|front\b|"
    r"app\b|smart|hand\w*|wireless|pda|symbian|nexus|sailfish|jolla|wp\b|computer|laptop|desktop|webmail|"
    r"mail\.ru|yandex|"
    r"telefonist\w*|telefonas|mobilais|nutitelefon\w*|nutiseadme\w*|スマートフォン|携帯|電話|手机|手機|휴대폰|아이폰"
)
_THING = re.compile(rf"(?<!\w)(?:{_THINGS})", re.IGNORECASE)
_BEGUN_BY_SENDING = re.compile(
    r"^[-–—_*<\[(\s]{0,4}(?:sent\s(?:from|via|using|with|by|on)\b|envoyé\s(?:de|depuis|à\spartir|par)\b|"
    r"skickat\s(?:från|via|med)\b|"
    r"skickad\s(?:från|via|med)\b|sänt\s(?:från|via)\b|sendt\s(?:fra|med|via)\b|verzonden\s(?:vanaf|via|met|"
    r"vanuit)\b|"
    r"verstuurd\s(?:vanaf|via|met)\b|gesendet\s(?:von|mit|über|via)\b|von\smeine[mr]\s\S+\s.{0,20}gesendet|"
    r"von\s.{0,30}\sgesendet|"
    r"mit\s.{0,40}\s(?:gesendet|verschickt)|enviad[oa]\s(?:desde|do|de|a\s?través|a\spartir|via|con)\b|"
    r"inviat[oa]\s(?:da|"
    r"dal|con|tramite)\b|"
    r"wysłan[oea]\sz\b|odesláno\sz\b|odoslané\sz\b|lähetetty\s|отправлено\s(?:с|из)\b|надіслано\s(?:з|із)\b|"
    r"saadetud\s|"
    r"get\s(?:outlook|bluemail|spark|yahoo)\s.{0,10}for\b|hämta\soutlook\sför\b|hanki\soutlook\b|"
    r"hent\soutlook\s|outlook\sfür\s.{0,20}beziehen|"
    r"(?:téléchargez|obtenez|obtenir|obtener|obtenha|obter|ottieni|scarica|pobierz|download|"
    r"holen\ssie\ssich)\s.{0,12}outlook\b|"
    r"laden\ssie\soutlook\b|télécharger\soutlook\b|outlook\svoor\s.{0,12}downloaden|iphone['’]?(?:sta|"
    r"lta)\slähetetty|"
    r".{0,30}[a-zåäö](?:sta|stä|lta|ltä)\slähetetty|.{0,40}(?:から送信|에서\s보냄)|发自|發自|从我的|從我的|.{0,30}(?:'?dan|'?den|"
    r"'?ten|'?tan)\sgönderildi)",
    re.IGNORECASE,
)
_WARY = (
    r"confiden|privileg|intended|konfiden|avsett|avsedd|sekret|vertraul|fortrolig|luottamuk|tarkoitettu|destinat|"
    r"riserv|vertrouw"
)
_FOOTERS = re.compile(
    r"^[-–—_*>\[(!\s]{0,6}(?:"
    r"you(?:'re|\sare)?\s(?:receiv\w+|getting|subscribed)\s(?:to\s)?(?:this|these|the)\b|"
    r"to (?:unsubscribe|stop receiving|view this|change your|post to)\b.{0,80}(?:group|list|mail|click|visit|"
    r"http|message|settings)|"
    r"(?:unsubscribe|avregistrera|avprenumerera|avanmäl\w*)(?:\s(?:here|from this|från|här)|:|\s?<|\s?http|$)|"
    r"reply to this e-?mail directly|view it on github|"
    rf"(?:this|the)\s(?:e-?mail|message|communication|transmission|mail)\b.{{0,80}}(?:{_WARY})|"
    r"this (?:e-?mail|message) (?:was sent (?:to|by|from)\b.{0,60}(?:@|because)|has been (?:scanned|checked)|"
    r"contains (?:info|conf))|"
    r"(?:confidentiality|privacy|legal)\b.{0,30}(?:notice|disclaimer|statement|warning)|disclaimer\b|"
    r"confidential(?:ity)?\s*:|"
    rf"(?:the|this) information\b.{{0,60}}(?:{_WARY}|this (?:e-?mail|message))|"
    rf"the contents? of this (?:e-?mail|message)|"
    r"any unauthori[sz]ed|if you (?:are not the (?:intended|named|addressee)|(?:have )?received? this)|"
    r".{0,60}(?:miljön|environment|ympäristö|umwelt|environnement)\b.{0,40}(?:skriver ut|print|tulost|druck|imprim)|"
    rf"(?:detta|det här|informationen i)\s(?:e-?post\w*|mail\w*|mejl\w*|meddelande\w*|"
    rf"detta).{{0,100}}(?:{_WARY}|virus)|"
    r"(?:när|då|genom att) du (?:skicka|mejla|e-posta|kontakta)\w*.{0,100}personuppgift|"
    r"(?:vi|kommunen|(?:för )?information om hur|"
    r"läs (?:mer )?om hur)\b.{0,60}(?:behandla\w*.{0,40}personuppgift|personuppgift\w*\sbehandla)|"
    r"om du (?:inte är|har fått|av misstag)\b.{0,40}(?:mottagare|misstag|felaktigt)|"
    rf"(?:diese|dieses|der inhalt dieser)\s(?:e-?mail|nachricht|mail)\b.{{0,100}}(?:{_WARY}|virus)|"
    r"wenn sie nicht der (?:richtige|beabsichtigte|vorgesehene)|vertraulich\w*(?:hinweis|:)|"
    rf"(?:ce|cet|les informations contenues dans ce)\s(?:message|courriel|mail|e-?mail)\b.{{0,100}}(?:{_WARY}|"
    rf"virus)|"
    r"si vous n['’]êtes pas le destin|"
    rf"(?:denne|dette)\s(?:e-?post\w*|mail\w*|meddelelse\w*|melding\w*)\b.{{0,100}}(?:{_WARY}|virus)|"
    rf"tämä (?:sähköposti|viesti)\w*.{{0,100}}(?:{_WARY}|virus)|"
    rf"(?:este|esta|questo|questa|dit|deze)\s(?:mensaje|correo|mensagem|messaggio|bericht|"
    rf"e-?mail)\b.{{0,100}}(?:{_WARY}|virus)|"
    r"(?:niniejsza|ta|treść tej) wiadomoś\w+.{0,100}(?:poufn|przeznacz|adresat)|"
    r"(?:virus-?free|virenfrei|virusfri\w*|garanti sans virus|libre de virus|ei viruksia)[.:]?\s.{0,20}(?:www|"
    r"http|avast|$)|"
    r"avast\b.{0,30}(?:antivirus|logo)|(?:scanned|checked) (?:by|for)\b.{0,60}(?:virus|spam|mailscan)|no virus found|"
    r"do you yahoo"
    r")",
    re.IGNORECASE,
)
"""How disclaimers, scanners and lists begin their last words. Narrow: "Think of the environment!" is an opinion."""
_LIST = re.compile(
    r"mailing list\b|listinfo/|lists?\.[a-z0-9-]+\.|groups\.google|/mailman/|unsubscribe|sändlista", re.IGNORECASE
)
_CLOSING = re.compile(
    r"^[\s*_]{0,3}(?:m\.?v\.?h\.?|med\s(?:de\s)?(?:vänlig|bästa|varm|hjärtlig|vennlig|venlig|hyggelig)\w*\s\w+|"
    r"(?:vänlig|bästa|varma|"
    r"hjärtliga|soliga|glada)\w*\shälsning\w*|hälsningar|hälsar|allt gott|bästa|"
    r"v\.?h\.?|vennlig\shilsen|venlig\shilsen|hilsen|mange hilsner|de bedste hilsner|"
    r"(?:ystäväll|parha|lämpimin)\w*\sterveis\w*|terveisin|t\.?:?|yst\.?\sterv\.?|kunnioit\w*|"
    r"mit\s(?:freundlich|best|herzlich|lieb)\w*\s(?:grü|grue|gru)\w*|(?:viele|liebe|beste|freundliche|schöne|"
    r"herzliche)\s(?:grü|grue)\w*|"
    r"mfg|lg|vg|gruß|gruss|grüße|hochachtungsvoll|cordialement|bien\s(?:cordialement|à vous)|salutations\b.{0,30}|"
    r"(?:best|kind|warm|warmest|kindest|with best|with kind)\s(?:regards?|wishes)|regards|many thanks|"
    r"thanks\b.{0,25}|thank you\b.{0,25}|"
    r"tack\b.{0,20}|sincerely\b.{0,10}|yours\s\w+|cheers|best|all the best|respectfully|saludos\b.{0,20}|un saludo|"
    r"atentamente|atenciosamente|cumprimentos|cordiali saluti|distinti saluti|met vriendelijke groet\w*|"
    r"vriendelijke groet\w*|groet\w*|"
    r"pozdrawiam|z poważaniem|s pozdravem|с уважением|lugupidamisega|parimate soovidega|ar cieņu|pagarbiai|"
    r"saygılarımla|"
    r"üdvözlettel|よろしくお願いします|此致)[\s,!.:;*_]{0,4}$",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"(?:\+|\b0)[\d\s()/.–-]{6,}\d|\b(?:tel|tfn|tlf|phone|mob|mobil|mobile|fax|puh|gsm|växel|direkt|cell|tél|"
    r"telefon|m|t|e|w)\s?[.:]\s?\S"
    r"|[^\s@<]+@[^\s@>]+\.[a-z]{2,}|\bwww\.|\bhttps?://|\b\d{3}[ ]?\d{2}\s+[A-ZÅÄÖ]",
    re.IGNORECASE,
)


def start(lines: Sequence[str]) -> int:
    """The index from which `lines`, one stretch of text, are signature; their number when none is.

    What stands before a signature is looked at again: there may be one more (a delimiter before a list's footer).
    """
    end = _content_end(lines, len(lines))
    for _ in range(MOST_SIGNATURES):
        for rule in (_delimited, _advertised, _footed, _carded, _named):
            found = rule(lines, end)
            if found < end:
                end = _content_end(lines, found)
                break
        else:
            break
    return end


def mobile(line: str) -> bool:
    """ "Sent from my iPhone" and its relatives, as a line of their own."""
    if not 6 <= len(line) <= 160 or line.endswith("?") or line.count(" ") > 16 or _WHEN.search(line):
        return False
    begun = _BEGUN_BY_SENDING.match(line)
    return bool(begun and _THING.search(line)) or bool(_KNOWN.match(line) or _BRANDED.match(line))


_WHEN = re.compile(
    r"\b(?:yesterday|today|last|igår|idag|förra|gestern|heute|hier|den \d|on \d|is|was|are|were|är)\b|\s(?:ist|"
    r"war)\s",
    re.IGNORECASE,
)
_BRANDED = re.compile(r"^\W{0,4}[Ss]ent (?:from|via|with|using) [A-Z]\S{1,30}(?:\s\S{1,30}){0,5}$")
_KNOWN = re.compile(
    r"^\W{0,4}(?:diese (?:nachricht|e-?mail) wurde (?:von|mit|über)\s.{2,80}gesendet|"
    r"ce (?:message|courriel|mail|e-?mail) a été envoyé (?:depuis|de|à partir)\s.{2,60}|"
    r"(?:detta|det här) (?:mejl\w*|meddelande\w*|mail\w*) (?:skickades|har skickats|är skickat) från (?:min|"
    r"mitt)\s.{2,60}|"
    r"(?:hämta|get|hent|hanki|download)\s.{0,12}outlook\b.{0,60}|outlook\s(?:für|voor|för|"
    r"for)\s(?:ios|android)\b.{0,60}|"
    r"(?:téléchargez|obtenez|télécharger|obtener|obtenha|ottieni|scarica|pobierz)\s.{0,12}outlook\b.{0,60}|"
    r"(?:this (?:message|e-?mail) was )?sent from my\s\S{1,30}(?:\s\S{1,30}){0,5}|skickat från (?:min|mitt|"
    r"e-post|mail|"
    r"mejl|outlook)\b.{0,60}|"
    r".{2,30}[’']?(?:sta|stä|lta|ltä)\slähetetty|lähetetty\s.{2,40}(?:sta|stä|lta|ltä|lla|llä)\b.{0,40}|"
    r"(?:この)?(?:メール|.{2,20})(?:は|を)?.{0,10}から送信.{0,10}|나의\s.{2,20}에서\s보냄|发自我的\s?\S{1,20}|發自我的\s?\S{1,20})\.?$",
    re.IGNORECASE,
)


def _content_end(lines: Sequence[str], end: int) -> int:
    while end and not lines[end - 1].strip():
        end -= 1
    return end


def _delimited(lines: Sequence[str], end: int) -> int:
    """The first delimiter that has a short rest."""
    for place in range(max(0, end - LONGEST_SIGNATURE - 1), end):
        line = lines[place].strip()
        if _DELIMITER.match(line) and _is_rest(lines[place + 1 : end], LONGEST_SIGNATURE):
            return place
    for place in range(max(0, end - LONGEST_FOOTER - 1), end):
        line = lines[place].strip()
        if _RULE.match(line) and _is_footer(lines, place, end):
            return place
    return end


def _is_rest(rest: Sequence[str], most: int) -> bool:
    """Long paragraphs are no signature, unless they are a disclaimer."""
    filled = [one.strip() for one in rest if one.strip()]
    if len(filled) > most:
        return False
    prose = sum(len(one) for one in filled if len(one) > 90 and not _FOOTERS.match(one))
    return prose < 600 or any(_FOOTERS.match(one) for one in filled)


def _underlines(rule: str, above: str) -> bool:
    """A heading, not a footer."""
    return bool(above) and rule[0] in "-=~" and len(rule) > 3 and abs(len(rule) - len(above)) <= 3


def _is_footer(lines: Sequence[str], place: int, end: int) -> bool:
    """After a rule: a name, a card, a list's footer. Two rules around something are a table or a heading."""
    rest = [one.strip() for one in lines[place + 1 : end] if one.strip()]
    if place and _underlines(lines[place].strip(), lines[place - 1].strip()):
        return False
    if not rest:
        return True
    above = lines[place - 1].strip() if place else ""
    if place == 0 or len(rest) > LONGEST_FOOTER:
        return False
    telling = any(_FOOTERS.match(one) or _LIST.search(one) or _CONTACT.search(one) for one in rest)
    if set(lines[place].strip()) <= {"_"} and len(lines[place].strip()) < 12:
        return telling or len(rest) <= 4
    if telling:
        return not above or bool(_LIST.search(" ".join(rest))) or len(rest) <= 6
    return (
        not above and len(rest) <= 3 and all(len(one) < 40 and not one.endswith((".", "!", "?", ":")) for one in rest)
    )


def _advertised(lines: Sequence[str], end: int) -> int:
    """ "Sent from my telephone" at the end, with at most a link after it."""
    for place in range(max(0, end - 3), end):
        rest = [one for one in lines[place + 1 : end] if one.strip()]
        if mobile(lines[place].strip()) and all(_CONTACT.search(one) or len(one) < 30 for one in rest):
            return place
    return end


def _footed(lines: Sequence[str], end: int) -> int:
    """The last paragraphs, where one begins as a disclaimer or an advertisement begins."""
    for place in range(max(0, end - LONGEST_SIGNATURE), end):
        begins = place > 0 and (not lines[place - 1].strip() or bool(_RULE.match(lines[place - 1].strip())))
        if begins and _FOOTERS.match(lines[place][:300]) and _only_footers(lines[place:end]):
            return place
    return end


def _only_footers(rest: Sequence[str]) -> bool:
    """What follows is more of the same: no short paragraph that a person may have added."""
    filled = [one for one in rest if one.strip()]
    return len(filled) <= LONGEST_SIGNATURE


def _carded(lines: Sequence[str], end: int) -> int:
    """ "Best regards", a name, and then telephones or addresses: a card. A closing with a name only is kept."""
    for place in range(max(1, end - LONGEST_CARD), end):
        if _CLOSING.match(lines[place][:80]):
            rest = [one.strip() for one in lines[place + 1 : end] if one.strip()]
            if len(rest) >= 2 and _is_card(rest):
                return place
    return end


def _is_card(rest: Sequence[str]) -> bool:
    """A name first, a way to reach somebody, and no sentence."""
    if not re.match(r"^[^\W\d_][\w .,'’*/-]{1,50}$", rest[0]) or rest[0].count(" ") > 4:
        return False
    sentences = any(one.endswith((".", "!", "?")) and one.count(" ") > 3 for one in rest if not _FOOTERS.match(one))
    return not sentences and any(_CONTACT.search(one) for one in rest)


def _named(lines: Sequence[str], end: int) -> int:
    """ "-Anna" as the last line, when it is no item of a list."""
    if end < 2 or not _NAMED.match(lines[end - 1].strip()):
        return end
    above = lines[end - 2].strip()
    return end if above.startswith(("-", "*", "•", "–")) else end - 1
