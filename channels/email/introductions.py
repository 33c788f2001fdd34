"""What stands before a quotation, in the languages and habits of mail programs. Pure, and linear in the line's length.

A line is judged without its outer spaces. Nothing here looks further than `MOST_LINES` lines ahead.
"""

import re
from collections.abc import Sequence

MOST_LINES = 5
"""Lines over which an introduction may have been wrapped."""
LONGEST = 450
MARGIN = 100
"""Characters of an introduction; a longer one is prose."""
HEADER_LINES = 14
"""Lines among which the header fields of a quoted mail stand (long lists of recipients are wrapped)."""

_MONTHS = (
    r"jan|feb|febr|mar|mars|mär|märz|mrz|apr|avr|abr|mai|maj|may|mei|maggio|mag|giu|gen|lug|ago|set|ott|dic|ene|"
    r"jun|juni|juin|jul|juli|juil|aug|août|aoû|sep|sept|oct|okt|out|nov|dec|dez|des|déc|fev|fév|"
    r"tammi|helmi|maalis|huhti|touko|kesä|heinä|elo|syys|loka|marras|joulu|"
    r"sty|lut|kwi|maj|cze|lip|sie|wrz|paź|lis|gru|led|úno|bře|dub|kvě|čer|srp|zář|říj|pro|"
    r"янв|фев|мар|апр|мая|май|июн|июл|авг|сен|окт|ноя|дек|"
    r"oca|şub|nis|haz|tem|ağu|eyl|eki|kas|ara|"
    r"jaan|veebr|märts|juuni|juuli|janv|maijs|saus|vas|kov|bal|geg|birž|liep|rugp|rugs|spal|lapkr|gruod"
)
_DATE = re.compile(
    r"\b\d{1,4}(?:[-/]|\.\s?)\d{1,2}(?:[-/]|\.\s?)\d{2,4}\b"  # 2026-03-03, 3.3.2026, 03/03/26
    rf"|\b\d{{1,2}}(?:\.|\s?(?:st|nd|rd|th|er|º|ª|de|of)\b\.?)?[\s-]{{0,3}}(?:de\s|of\s)?(?:{_MONTHS})"  # 3 mars
    rf"|\b(?:{_MONTHS})\w{{0,9}}\.?,?\s\d{{1,2}}\b"  # March 3
    r"|\d{4}\s?[年년]|\d{1,2}\s?[月월]"
    r"|\b\d{1,2}[:.h]\d{2}\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s<>()\[\]@:;,\"']+@[^\s<>()\[\]@:;,\"']+\.[^\s<>()\[\]@:;,\"']+")
_LOOSE_ADDRESS = re.compile(r"<[^<>\s]{0,200}@[^<>]{0,200}>|\[mailto:|<mailto:|\(via\b", re.IGNORECASE)
_OPENER = re.compile(
    r"^(?:on|den|am|le|el|il|op|em|a|w\s+dniu|dnia|dne|dňa|dana|kl|no|på|i|vào|pada|pe|la|στις|la|o|à|в|на|"
    r"at|in|hi?nn|þann|der|die|das|mån|tis|ons|tors|fre|lör|sön|ma|ti|ke|to|pe|la|su|mer|jeu|ven|"
    r"mon|tue|wed|thu|fri|sat|sun|date|在|於|בתאריך|في)\b",
    re.IGNORECASE,
)
_VERBS = (
    r"skrev|skrevet|skriver|wrote|writes|schrieb|schrieben|geschrieben|schreibt|a\s+écrit|écrit|écrivait|"
    r"a\s+ecrit|"
    r"escribió|escribio|escribieron|ha\s+scritto|scritto|schreef|geschreven|escreveu|escrito|napisał(?:\(a\))?|"
    r"napisała|pisze|napisal(?:\(a\)|a)?|napsal(?:\(a\)|a)?|napísal(?:\(a\)|a)?|kirjoitti|написал(?:\(а\)|а)?|"
    r"пишет|пише|написав|написа|"
    r"yazdı|kirjutas|rakstīja|rašė|parašė|írta|a\s+scris|έγραψε|כתב|כתבה|كتب|نوشت|skrifaði|va\s+escriure|escribiu|"
    r"je\s+napisa(?:o|la|l)(?:/(?:la|a))?|napisao|đã\s+viết|menulis|เขียนว่า|написаў|wrote\s+the\s+following|"
    r"het\s+volgende\s+geschreven"
)
_VERB = re.compile(rf"(?<!\w)(?:{_VERBS})(?!\w)", re.IGNORECASE)
_EASTERN = re.compile(
    r"写道|寫道|님이\s*작성|작성했습니다|さんは書きました|書きました|のメール|のメッセージ|写到|發表|撰寫|썼습니다"
)
_ONESELF = re.compile(
    r"\b(?:i|we|he|she|they|you|who|it|jag|vi|du|ni|han|hon|de|ich|wir|er|sie|je|tu|il|elle|nous|vous|ils|yo|"
    r"ik|wij|hij|zij|minä|hän|sinä|eu|io|hun|jeg|som|that|which|already|also|never)\s+"
    r"(?:just\s|last\s|also\s|already\s)?(?:skrev|wrote|said|schrieb|schreef|kirjoitti|a\s+écrit|écrit)\b"
    r"|\bj['’]ai\s+écrit|\b(?:skrev|wrote|schrieb)\s+(?:jag|vi|du|ni|han|hon|ich|wir|er|sie|to|till|an|that|att|"
    r"dass)\b",
    re.IGNORECASE,
)
_END = re.compile(r"[:：]\s*(?:[-–—*_\"'»”]{0,3}|\[.{0,30}\]|\([^()]{8,50}\))$")
_YOU = re.compile(r"^(?:at|on)\b.{0,60}\d.{0,20},?\s+you\s+wrote:$", re.IGNORECASE)
_DATE_AND_WHO = re.compile(r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\s(?:[^<>@:;.!?]{1,60}\s)?<[^\s<>@]+@[^\s<>@]+>:?$")
_QUOTING = re.compile(
    r"^(?:quoting|quoted\sfrom|zitat\svon|zitiere|citerar|citat\sfrån|citando|citazione|selon|en\sréponse\sà|"
    r"cytowanie|"
    r"in\sreply\sto|in\sarticle|svar\spå|antwort\sauf|lainaus)\s.{2,180}:$",
    re.IGNORECASE,
)
_LOTUS = re.compile(r"^.{0,80}---\s?\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\s\d{1,2}[:.]\d{2}.{0,20}---")
_BETWEEN_DASHES = re.compile(rf"^-{{2,}}\s?\S.{{1,100}}\s(?:{_VERBS})\s?-{{2,}}$", re.IGNORECASE)
_HOUR = re.compile(r"\b\d{1,2}[:.]\d{2}\b")
_PRECISE = re.compile(
    r"\d{1,2}\s?[:.h]\s?\d{2}\b|\b\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}\b|"
    r"\b(?:mon|tue|wed|thu|fri|sat|sun|mån|tis|ons|tors|fre|lör|sön)(?:day|nesday|sday|rsday|urday|dag)?\.?,",
    re.IGNORECASE,
)
_NO_COLON = re.compile(rf"(?:{_VERBS}|写道|寫道)\s*(?:\.{{2,3}}|…)?$", re.IGNORECASE)
_DASHED = re.compile(r"^[-–—=*+_]{2,}\s*")
_PROSE_END = re.compile(r"(?:[a-zåäöéø]{3,}[.!?]|[!?])$")
_ABBREVIATED = re.compile(
    r"\b(?:[ap]\.?m|kl|klo|uhr|ora|godz|hod|jan|feb|febr|mar|apr|aug|sept?|okt|oct|nov|dec)\.$", re.IGNORECASE
)


def dated(line: str) -> bool:
    """Whether a date, or a time of day, stands there."""
    return bool(_DATE.search(line))


def addressed(line: str) -> bool:
    """Whether a mail address, or the place of one, stands there."""
    return ("@" in line and bool(_ADDRESS.search(line) or _LOOSE_ADDRESS.search(line))) or "mailto:" in line


def introduction(lines: Sequence[str], at: int, marked: Sequence[bool] = ()) -> int:
    """How many lines from `at` say "On … somebody wrote:"; 0 when they do not.

    The lines come without quotation marks; `marked` says which ones had any.
    """
    gathered, number = "", 0
    for place in range(at, min(at + MOST_LINES, len(lines))):
        if len(lines[place]) > LONGEST + MARGIN:
            return 0
        line = lines[place].strip().strip("*_").strip()
        if not line and gathered and place + 1 < len(lines) and number < 3 and _may_go_on(gathered, lines[place + 1]):
            continue
        if not line or _has_ended(gathered):
            return 0
        gathered, number = f"{gathered} {line}".strip(), number + 1
        if _introduces(gathered, number, _before_marked(place, marked)):
            return place - at + 1
        if not begins(gathered) or (number > 1 and _END.search(line)):
            return 0
    return 0


def _introduces(gathered: str, number: int, before_marked: bool) -> bool:
    if _is_introduction(gathered, number) and (before_marked or _is_certain(gathered)):
        return True
    if not before_marked:
        return False
    strange = dated(gathered) and addressed(gathered) and _END.search(gathered)  # in a language not known here
    return bool(strange) or (number == 1 and _named_only(gathered))


def _has_ended(gathered: str) -> bool:
    """Prose: too long, or a sentence was over."""
    return len(gathered) > LONGEST or bool(_PROSE_END.search(gathered) and not _ABBREVIATED.search(gathered))


def _may_go_on(gathered: str, following: str) -> bool:
    """Some programs put an empty line into the middle of an introduction."""
    bare = following.strip()
    return dated(gathered) and bool(bare.startswith("<") or _VERB.search(bare) or _EASTERN.search(bare))


def begins(gathered: str) -> bool:
    """Whether it can be the beginning of an introduction: it saves looking on."""
    bare = _DASHED.sub("", gathered)
    return bool(
        _QUOTING.match(bare)
        or _OPENER.match(bare)
        or _DATE.search(bare[:120])
        or addressed(bare[:250])
        or _END.search(bare)
    )


def _is_introduction(gathered: str, number: int) -> bool:
    bare = _DASHED.sub("", gathered).strip().rstrip("-").strip()
    lined = ("---" in bare and _LOTUS.match(bare)) or (gathered.startswith("--") and _BETWEEN_DASHES.match(gathered))
    if lined or _DATE_AND_WHO.match(bare) or (_QUOTING.match(bare) and addressed(bare)):
        return True
    if len(bare) > LONGEST or not (_END.search(bare) or _NO_COLON.search(bare)):
        return False
    says, told = _VERB.search(bare) or _EASTERN.search(bare), dated(bare)
    if says and _ONESELF.search(bare) and not (told and _YOU.search(bare)):
        return False
    opens = bool(_OPENER.match(bare) or _DATE.search(bare[:30]))
    if says and told and (opens or addressed(bare) or (number == 1 and len(bare) < 160)):
        return _near_the_end(bare)
    if says and addressed(bare) and len(bare) < 300:
        return _near_the_end(bare)
    whole = _END.search(bare)
    return bool(whole and told and addressed(bare) and opens and len(bare) < 200 and _ends_with_who(bare))


def _near_the_end(bare: str) -> bool:
    """Between "wrote" and the colon there is a name, a date or an address, not a sentence."""
    found = [*_VERB.finditer(bare), *_EASTERN.finditer(bare)]
    rest = bare[max(one.end() for one in found) :]
    return len(rest) < 150 and not re.search(r"[a-zåäö]{3,}[.!?;]\s", rest)


def _ends_with_who(bare: str) -> bool:
    return bool(re.search(r"(?:[>)\]]|\.[a-z]{2,12})\s*[:：]$", bare))


def _is_certain(gathered: str) -> bool:
    """People write "On 3 March Anna wrote:", too; only programs tell the hour, the weekday or the address."""
    if gathered.startswith("--") or addressed(gathered):
        return True
    return bool(_PRECISE.search(gathered) or _EASTERN.search(gathered) or _QUOTING.match(gathered))


def _before_marked(place: int, marked: Sequence[bool]) -> bool:
    """Whether what follows bears quotation marks."""
    return any(marked[place + 1 : place + 3])


def _named_only(gathered: str) -> bool:
    """ "Anna Ek wrote:" and "2026/3/3 Anna Ek:"."""
    if len(gathered) > 160 or not _END.search(gathered) or _ONESELF.search(gathered):
        return False
    says = _VERB.search(gathered) or _EASTERN.search(gathered) or _QUOTING.match(gathered)
    return bool(says or _DATE.match(gathered) or (dated(gathered) and (addressed(gathered) or _HOUR.search(gathered))))
