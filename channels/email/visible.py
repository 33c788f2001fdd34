"""What the citizen wrote now, before the quotation. Nothing is cut: the console folds what comes after."""

import re

LONGEST = 200_000
_DATE = r"(?:\d{1,4}[-./ ]|\bkl\.?|\d{1,2}:\d{2}|jan|feb|mar|apr|ma[jiy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])"
_WROTE = r"skrev|wrote|schrieb|a écrit|écrit|escribió|ha scritto|schreef|escreveu|napisał|napsal|kirjoitti"
_INTRODUCTIONS = (
    re.compile(
        rf"^[ \t>]*(?:Den|On|Am|Le|El|Il|Op|Em|W dniu|Dne|Dana)\b(?=[^\n]{{0,300}}{_DATE})[^\n]{{0,300}}"
        rf"(?:\n[^\n]{{0,200}})?(?:{_WROTE})[^\n]{{0,200}}:[ \t]*$",
        re.MULTILINE | re.IGNORECASE,
    ),
    re.compile(
        rf"^(?=[^\n]{{0,200}}{_DATE})[^\n]{{3,250}}(?:skrev|wrote|schrieb|a écrit|kirjoitti)[^\n]{{0,120}}:[ \t]*$",
        re.MULTILINE | re.IGNORECASE,
    ),
    re.compile(
        r"^[ \t>]*[-_=]{2,}[ \t]*(?:Ursprungligt meddelande|Original ?Message|Originalmeddelande|Opprinnelig melding|"
        r"Oprindelig meddelelse|Ursprüngliche Nachricht|Message d'origine|Alkuperäinen viesti|"
        r"Vidarebefordrat meddelande|Forwarded message|Mensaje original)[ \t]*[-_=]{0,}[ \t]*$",
        re.MULTILINE | re.IGNORECASE,
    ),
    re.compile(
        r"^[ \t>*]*(?:Från|From|Fra|Von|De|Lähettäjä)[ \t]*:[^\n]{1,300}\n(?:[^\n]{1,300}\n){0,2}?"
        r"[ \t>*]*(?:Skickat|Sent|Sendt|Gesendet|Envoyé|Lähetetty|Datum|Date|Dato|Till|To|An|À)[ \t]*:",
        re.MULTILINE | re.IGNORECASE,
    ),
    re.compile(r"^_{20,}[ \t]*$", re.MULTILINE),
)
_TAIL = re.compile(r"(?:^[ \t]*>[^\n]*(?:\n|\Z)|^[ \t]*\n)+\Z", re.MULTILINE)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)


def length(text: str) -> int:
    """How many characters of `text` are the new part; all of it when nothing else is found."""
    looked = text[:LONGEST]
    ends = [found.start() for pattern in _INTRODUCTIONS if (found := pattern.search(looked))]
    ends += [found.start() for found in [_SIGNATURE.search(looked)] if found]
    end = min(ends, default=len(text))
    if end == len(text) and len(text) <= LONGEST and (quoted := _tail(looked)) is not None:
        end = quoted
    new = text[:end].rstrip()
    return len(new) if new.strip() else len(text)


def _tail(text: str) -> int | None:
    """Where a run of quoted lines at the very end begins."""
    lines, end = text.splitlines(keepends=True), len(text)
    quoted = False
    for one in reversed(lines):
        bare = one.strip()
        if bare and not bare.startswith(">"):
            break
        quoted = quoted or bare.startswith(">")
        end -= len(one)
    return end if quoted else None
