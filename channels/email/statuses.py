"""Why a mail was not delivered: RFC 3463 status codes, and those that sentences and SMTP replies amount to."""

import re
from enum import StrEnum

LONGEST = 20_000
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_SMTP = re.compile(r"(?<![\d.:/-])([45])(\d\d)(?=[ \-:;,)\]#(]|$)(?![ ]?(?:bytes|kb|mb))", re.IGNORECASE | re.MULTILINE)


class Reason(StrEnum):
    """What the agent is told, and what decides whether writing again makes sense."""

    UNKNOWN_USER = "unknown_user"
    UNKNOWN_HOST = "unknown_host"
    FULL = "full"
    DISABLED = "disabled"
    MOVED = "moved"
    TOO_LARGE = "too_large"
    BLOCKED = "blocked"
    SPAM = "spam"
    RELAYING_DENIED = "relaying_denied"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    LOOP = "loop"
    CONTENT = "content"
    OTHER = "other"


_BY_STATUS = {
    "1.1": Reason.UNKNOWN_USER, "1.2": Reason.UNKNOWN_HOST, "1.3": Reason.UNKNOWN_USER, "1.6": Reason.MOVED,
    "1.0": Reason.UNKNOWN_USER,
    "1.10": Reason.UNKNOWN_HOST, "1.7": Reason.BLOCKED, "1.8": Reason.BLOCKED, "2.0": Reason.OTHER,
    "2.1": Reason.DISABLED,
    "2.2": Reason.FULL, "2.3": Reason.TOO_LARGE, "3.1": Reason.FULL, "3.4": Reason.TOO_LARGE,
    "4.1": Reason.UNREACHABLE,
    "4.2": Reason.UNREACHABLE, "4.3": Reason.UNREACHABLE, "4.4": Reason.UNKNOWN_HOST, "4.6": Reason.LOOP,
    "4.7": Reason.TIMEOUT,
    "6.0": Reason.CONTENT, "6.1": Reason.CONTENT, "6.3": Reason.CONTENT, "7.0": Reason.BLOCKED, "7.1": Reason.BLOCKED,
    "7.20": Reason.BLOCKED, "7.21": Reason.BLOCKED, "7.23": Reason.BLOCKED, "7.26": Reason.BLOCKED,
    "7.27": Reason.BLOCKED,
}  # fmt: skip
"""Without the class (RFC 3463 and the IANA registry)."""
_SENTENCES: list[tuple[str, Reason, str]] = [
    ((r"over ?quota|quota (?:has been )?exceed|exceed\w* (?:\w+ ){0,4}quota|quota violation|(?:mailbox|inbox|"
      r"mail ?file|mail ?box) (?:\w+ ){0,3}(?:is )?(?:full|exceed)|full mailbox|insufficient (?:disk|system storage|"
      r"space)|"
      r"(?:brevlådan?|inkorgen?|postlådan?) är full|postkassen er (?:full|fyldt)|postilaatikko on täynnä|"
      r"postfach (?:ist )?(?:voll|überfüllt)|speicherplatz|boîte (?:aux lettres|de réception) (?:est )?pleine|"
      r"buzón (?:\w+ )*lleno|casella (?:\w+ )*piena|"
      r"caixa (?:\w+ )*cheia|postvak (?:\w+ )*vol|skrzynka (?:\w+ )*(?:pełna|przepełniona)|schránka (?:\w+ )*plná|"
      r"ящик (?:\w+ )*(?:переполнен|заполнен)|容量|邮箱已满|storage (?:limit|quota)|not enough (?:disk )?space|"
      r"552 5\.2\.2|disk quota|(?:has|is) (?:exceeded|over) (?:his|her|its|their|the) (?:\w+ )?(?:quota|limit)"),
     Reason.FULL, "2.2"),
    ((r"too (?:large|big|long)|size (?:limit|exceed)|exceed\w* (?:\w+ ){0,5}(?:size|maximum)|(?:message|"
      r"fixed maximum|maximum) (?:message |file )?size|zu groß|trop (?:volumineux|grand|gros)|för stort|for stor|"
      r"liian suuri|te groot|demasiado grande|troppo grande|muito grande|za duża|слишком больш|大きすぎ|サイズ"),
     Reason.TOO_LARGE, "3.4"),
    ((r"relay(?:ing)? (?:\w+ ){0,3}(?:denied|not (?:permitted|allowed)|prohibited)|unable to relay|not (?:allowed|"
      r"permitted) to relay|relay (?:access denied|not permitted)|we do not relay|authentication required for relay|"
      r"rcpthosts"),
     Reason.RELAYING_DENIED, "7.1"),
    ((r"host (?:unknown|not found)|unknown host|(?:domain|host(?:name)?|server) (?:\w+ ){0,4}(?:not found|"
      r"does not exist|unknown|couldn.t be found|not resolve)|no such (?:domain|host)|name (?:service error|"
      r"or service not known)|nxdomain|(?:bad|illegal) host|no mx|unrouteable|unroutable|all relevant mx records|"
      r"domän\w* (?:finns inte|hittades inte)|badly formed host|"
      r"couldn.t find any host|unrouteable (?:mail )?domain|mail for \S+ loops back"),
     Reason.UNKNOWN_HOST, "1.2"),
    ((r"too many hops|mail loop|loop(?:ing)? detected|routing loop|hop count|loops back"),
     Reason.LOOP, "4.6"),
    ((r"(?:mailbox|account|user|recipient|address|konto|e-?mail) (?:\S+ )?(?:\w+ ){0,3}(?:disabled|inactive|"
      r"deactivated|suspended|expired|not active|no longer (?:active|available|accept)|locked|dormant|deaktiverat|"
      r"inaktivt|gesperrt)|inactive (?:user|account|mailbox)|disabled (?:user|account|mailbox)"),
     Reason.DISABLED, "2.1"),
    ((r"\bspam\b|junk ?mail|unsolicited|looks like spam|bulk mail|content (?:filter|rejected)|spamhaus|spamcop"),
     Reason.SPAM, "7.1"),
    ((r"virus|malware|attachment (?:type )?(?:\w+ ){0,3}(?:not (?:allowed|accepted)|blocked|prohibited)|executable"),
     Reason.CONTENT, "7.1"),
    ((r"user (?:\S+ )?(?:is )?(?:unknown|not (?:found|known|listed)|doesn.t exist|does not exist|invalid)|"
      r"unknown (?:user|recipient|address|local|mailbox|account)|no (?:such|mailbox)(?: \w+)?|(?:recipient|mailbox|"
      r"address|account|alias|person|destination|name|user)(?: address)?(?: \S+)? (?:\w+ ){0,5}(?:unknown|rejected|"
      r"not found|invalid|"
      r"not (?:a valid|exist|recogni[sz]ed|listed|known|in)|n.t (?:exist|found)|does not exist|doesn.t (?:exist|"
      r"have)|unavailable|couldn.t be found|wasn.t found|undeliverable)|does(?: not|n.t) (?:exist|have an account|"
      r"like recipient)|not (?:a )?(?:valid|known|listed|our customer|have account|found at)|invalid (?:recipient|"
      r"mailbox|user|address)|"
      r"not listed in|no account|is not (?:an? )?(?:active|valid|known)|bad destination mailbox|(?:adressen|"
      r"mottagaren|användaren)(?: \S+)? (?:\w+ ){0,3}(?:finns inte|hittades inte|är okänd|kunde inte hittas)|"
      r"hittades inte|okänd (?:mottagare|användare)|finnes ikke|blev ikke fundet|ble ikke funnet|ei (?:löytynyt|"
      r"löydy|ole olemassa)|unbekannt|existiert nicht|nicht gefunden|"
      r"inconnue?|n.existe pas|introuvable|no (?:existe|encontrad)|desconocid|inesistente|non (?:esiste|trovat|"
      r"valido)|sconosciut|desconhecid|não (?:existe|encontrad)|onbekend|bestaat niet|niet gevonden|"
      r"nie (?:istnieje|znalezion)|nieznany|neexistuje|neznám|не (?:существует|найден)|неизвестн|nem (?:létezik|"
      r"található)|bulunamadı|ei leitud|存在しません|見つかりません|不存在|找不到|not our customer|"
      r"undeliverable address"),
     Reason.UNKNOWN_USER, "1.1"),
    ((r"timed? ?out|timeout|retry time(?:out)? (?:not reached|exceeded)|could not be delivered (?:for|within)|"
      r"(?:message|delivery) (?:has )?expired|too long|in the queue (?:too|for)|"
      r"delivery (?:to \S+ )?has been delayed|keep trying|will (?:be )?retr(?:y|ied)|gave up|giving up"),
     Reason.TIMEOUT, "4.7"),
    ((r"connection (?:refused|reset|timed|dropped|died|lost|attempts failed)|no route to host|(?:host|"
      r"network) (?:is )?(?:down|unreachable)|no answer from host|not (?:be )?(?:responding|reached|reachable)|"
      r"unable to connect|couldn.t connect|could not connect|can.t connect|establish an smtp connection"),
     Reason.UNREACHABLE, "4.1"),
    ((r"blocked|black ?list|block ?list|access (?:was )?denied|not authori[sz]ed|denied|not (?:allowed|permitted|"
      r"accepted)|policy|prohibited|refused|reject|reputation|dmarc|\bspf\b|restricted|forbidden|avvisad|nekad|"
      r"abgelehnt|verweigert"),
     Reason.BLOCKED, "7.1"),
]  # fmt: skip
_COMPILED = [(re.compile(pattern, re.IGNORECASE), reason, status) for pattern, reason, status in _SENTENCES]
_REPLY_CODES = {
    "421": "4.3.2", "450": "4.2.0", "451": "4.3.0", "452": "4.2.2", "454": "4.7.0", "503": "5.5.1", "521": "5.3.2",
    "535": "5.7.8", "530": "5.7.0",
    "550": "5.1.1", "551": "5.1.6", "552": "5.2.2", "553": "5.1.3", "554": "5.0.0", "556": "5.1.10",
}  # fmt: skip


def written(text: str) -> str:
    """The status that stands in a text: the first that says more than its class, else the first. Empty without one."""
    found = [".".join(one) for one in _STATUS.findall(text[:LONGEST])]
    return next((one for one in found if not vague(one)), found[0] if found else "")


def vague(status: str) -> bool:
    """Says no more than its class: `5.0.0`."""
    return status[1:] in ("", ".0.0")


def reason(status: str, text: str) -> Reason:
    """What it amounts to: the sentence decides where the code has many meanings."""
    by_code = _BY_STATUS.get(status[2:], Reason.OTHER) if status else Reason.OTHER
    if by_code in (Reason.OTHER, Reason.BLOCKED, Reason.UNKNOWN_HOST):
        return _sentence(text)[0] if _sentence(text)[0] is not Reason.OTHER else by_code
    return by_code


def concluded(text: str, *, temporary: bool = False) -> str:
    """The status that a text amounts to: written, else by its sentence, else by its SMTP reply code, else empty."""
    if (status := written(text)) and not vague(status):
        return status
    reply = next((first + rest for first, rest in _SMTP.findall(text[:LONGEST])), "")
    kind, detail = _sentence(text)
    if kind is not Reason.OTHER and not (kind is Reason.BLOCKED and reply in ("550", "551") and status == ""):
        first = "4" if temporary or reply.startswith("4") else "5"
        return f"{status[:1] or first}.{detail}"
    return status or _REPLY_CODES.get(reply, f"{reply[0]}.0.0" if reply else "")


def _sentence(text: str) -> tuple[Reason, str]:
    kept = text[:LONGEST]
    return next(((kind, detail) for pattern, kind, detail in _COMPILED if pattern.search(kept)), (Reason.OTHER, ""))
