"""What machines write, in the languages of those who write to a municipality. Patterns only.

The subjects of programs are fixed texts that stand first; a citizen's subject that merely speaks of the matter
("Automatiskt svar kom inte fram", "Frånvaro: Kalle, klass 3") is none of them.
"""

import re

_I = re.IGNORECASE
_LEAD = r"^\W*(?:\[[^\]]{1,40}\]\s*|\*+[^*]{1,20}\*+\s*)?"


def _any(*words: str) -> str:
    return "(?:" + "|".join(words) + ")"


_ENDS = r"\W*(?:[:：\-–—(\[]|\b(?:re|sv|aw|vs|rv|odp|ynt)\b|$)"
"""A program's word is followed by the old subject, or by nothing."""

REPLY = re.compile(
    _LEAD
    + _any(
        r"auto(?:mat(?:ic|ed|iskt|isk|isch|isches?|ique|ica|ico|ická|yczna|ikus))?[ -]?(?:e-?mail )?"
        r"(?:reply|response|responder|svar|meddelande|antwort|antwoord|respons|repl[iy])",
        r"auto[ :-]*re(?:ply)?", "autosvar", "autovastaus", r"automatisk(?:t)? (?:svar|besvarelse|respons|"
        r"svarsmeddelande)",
        "automaattinen (?:vastaus|poissaolo)", "automaatvastus", "automatische (?:antwort|beantwoording)",
        "automatisch(?:e)? (?:antwoord|bericht)", r"r[ée]ponse automatique", r"respuesta autom[áa]tica",
        r"risposta (?:automatica|automatico)", r"resposta autom[áa]tica", "automatyczna odpowied[źz]",
        r"odpowied[źz] automatyczna", r"automatick[áa] odpov[ěe][ďd]", "automatikus v[áa]lasz",
        r"otomatik (?:yan[ıi]t|cevap)",
        r"автоматический ответ", r"автоответ", r"автоматична відповідь", "自動(?:応答|返信|回覆|答复)",
        "自动(?:答复|回复|回覆)",
        "自動的な返信", "resposta automàtica", "răspuns automat", r"αυτόματη απάντηση", "automatinis atsakymas",
        r"automātiska atbilde", "sjálfvirkt svar", "automatski odgovor", "samodejni odgovor", r"자동 회신",
        "رد تلقائي",
        r"auto(?:mated)? response", "automatische abwesenheit",
    )
    + r"(?=" + _ENDS + r"|\s+(?:from|från|fra|von|de|van|to|on|der|för|för)\b)",
    _I,
)  # fmt: skip
AWAY_STRONG = re.compile(
    _LEAD
    + _any(
        r"out[ -]?of[ -]?(?:the[ -]?)?office\b(?! (?:hours|space))", r"ooo(?=\s*[:\-(]|$)", r"vacation (?:reply|"
        r"response|"
        r"message|notice|notification|auto)", r"away (?:from (?:my |the )?(?:office|mail|desk|email)|notice|message)",
        "frånvarome(?:ddelande|ssage)", r"frånvaroassistent", "fraværsmelding", r"fraværsassistent", "fraværsbesked",
        "automatisk fravær", r"ikke til ?stede på kontoret", "poissaoloilmoitus", r"poissaoloviesti",
        "poissa toimistosta",
        r"abwesenheits?(?:notiz|benachrichtigung|meldung|assistent|mitteilung|nachricht|info)", "nicht im büro",
        r"(?:message|notification|avis|réponse)[ -](?:automatique )?d.absence", r"absence du bureau",
        "absent du bureau",
        r"fuera de (?:la )?oficina", r"ausente? de la oficina", "fuori (?:ufficio|sede)", "assente dall.ufficio",
        r"fora do escrit[óo]rio", r"aus[êe]ncia tempor[áa]ria", "niet aanwezig", "afwezigheids(?:bericht|melding|"
        "assistent)",
        r"poza biurem", "nieobecno[śs][ćc] w biurze", r"mimo kancel[áa][řr]", r"nep[řr][íi]tomnost v kancel",
        r"házon kívül", r"irod[áa]n k[íi]v[üu]l", r"ofis d[ıi][şs][ıi]nda", r"вне офиса", "нет на рабочем месте",
        r"отсутств(?:ие|ую) на работе",
        r"auto: .{1,80}(?:out of|away|frånvar|abwesen|nicht im|ej på|absent|poissa|fravær).{0,300}$",
        "kontorist väljas", "不在通知", "不在のお知らせ", "休暇中", "外出中", "不在办公室", "外出通知", "休假",
    ),
    _I,
)  # fmt: skip
AWAY_WEAK = re.compile(
    _LEAD
    + _any(
        "frånvar(?:o|ande)", "ej på plats", "inte på plats", "på semester", "semester", "jag är ledig",
        "föräldraledig",
        "tjänstledig", "fravær(?:ende)?", "på ferie", "ferie", "bortreist", "poissa(?:olo)?", "lomalla",
        "abwesend?(?:heit)?",
        "urlaub", "im urlaub", "absen(?:ce|t|te)", "en vacances", "en congé", "congés?", "ausen(?:te|cia)",
        "de vacaciones", "assen(?:te|za)",
        "in ferie", "afwezig(?:heid)?", "op vakantie", "nieobecn(?:ość|y|a)", "urlop", "nepřítomnost", "dovolená",
        "távollét", "szabadság",
        "puhkus(?:el)?", "отпуск", "в отпуске", "отсутствие", "férias", "on (?:annual |parental |sick )?leave",
        "vacation", "on vacation", "on holiday",
        "away", "absent", "izinde(?:yim)?", "不在", "休暇",
    )
    + r"\b",
    _I,
)  # fmt: skip
"""Words that people write, too; they tell a machine only in an answer with more signs."""
AWAY_TEXT = re.compile(
    _any(
        r"(?:jag|vi) (?:är|har) (?:just nu |för närvarande )?(?:på semester|ledig|semester|tjänstledig|"
        r"föräldraledig|inte på|ej på|på resa|frånvarande|"
        r"sjukskriven)", r"är (?:åter|tillbaka) (?:på |i |den |igen)", r"åter (?:på kontoret|i tjänst|"
        r"den \d)", "jag är inte på kontoret",
        r"(?:i am|i'm|i will be|i’m) (?:currently |now )?(?:out of (?:the )?office|on (?:annual |parental |"
        r"maternity |sick )?(?:leave|vacation|holiday)|"
        r"away|travell?ing|not in the office)", r"limited access to (?:my "
        r")?e-?mail", r"(?:will )?return(?:ing)? (?:to the office )?on",
        r"jeg (?:er|har) (?:på ferie|ferie|ikke på kontoret|bortreist|fravær|ute av kontoret|på reise|permisjon)",
        "er tilbake",
        r"olen (?:poissa|lomalla|vuosilomalla|matkoilla)", "en ole paikalla", "palaan (?:töihin|toimistolle)",
        r"ich bin (?:[\w. ]{0,30})?(?:nicht im (?:büro|haus)|im urlaub|abwesend|nicht erreichbar|außer haus)",
        r"bin ich (?:[\w. ]{0,40})(?:nicht|abwesend|"
        r"im urlaub|wieder)", r"je suis (?:actuellement )?(?:absente?|en congés?|en vacances|"
        r"en déplacement)", r"de retour le",
        r"(?:estoy|estaré|me encuentro) (?:fuera|de vacaciones|ausente)", r"(?:sono|sarò) (?:in ferie|"
        r"fuori ufficio|assente)",
        r"(?:estou|estarei) (?:fora|de férias|ausente)", r"ik ben (?:[\w ]{0,30})?(?:afwezig|op vakantie|"
        r"niet (?:op kantoor|aanwezig|bereikbaar))",
        r"(?:jestem|będę) (?:nieobecn|na urlopie|poza biurem)", r"(?:jsem|budu) (?:na dovolené|mimo kancelář|"
        r"nepřítom)", r"(?:в отпуске|отсутствую|нет в офисе)",
        r"(?:szabadságon|házon kívül) (?:vagyok|leszek)", r"(?:izindeyim|ofis dışındayım|izinde olacağım)",
        "(?:olen|viibin) puhkusel", "不在にして", "休暇", "不在办公室", "休假",
    ),
    _I,
)  # fmt: skip
SAYS_AUTOMATIC = re.compile(
    _any(
        r"(?:detta|det här) är ett (?:auto(?:matiskt|matgenererat|genererat)? ?(?:genererat )?(?:svar|mejl|"
        r"meddelande|mail|e-postmeddelande)|autosvar)",
        r"(?:this|the following) is an? (?:auto(?:mated|matic|matically[ -]generated|[ -]generated|[ -]?reply|"
        r"[ -]?response)|automatic out)\b[ -]?(?:generated )?"
        r"(?:e-?mail|reply|response|message|answer|notification|acknowledge?ment)?", r"dette er (?:et|"
        r"en) automatisk (?:svar|melding|besked|meddelelse|mail|e-?post)",
        "tämä on automaattinen (?:vastaus|viesti|ilmoitus)",
        r"dies(?:e[rs]?)? ist eine automatisch(?:e)? (?:erstellte |generierte )?(?:antwort|nachricht|e-?mail|"
        r"mitteilung)",
        r"dies ist eine automatische", r"ceci est (?:un|une) (?:réponse|message|courriel|e-?mail) (?:automatique|"
        r"généré)", r"est[ea] es (?:un|una) (?:respuesta|mensaje|correo) (?:autom|gener)",
        r"quest[oa] (?:è|e') (?:un|una) (?:risposta|messaggio|e-?mail) (?:automatic|generat)",
        r"est[ea] é uma? (?:resposta|mensagem|e-?mail) autom", r"dit is een automatisch(?:e)? ",
        r"(?:to jest|ta) (?:automatyczna )?(?:wiadomość|odpowiedź)[\w ]{0,20}automatyczn", r"toto je automatick",
        r"это автоматическ", "ez egy automatikus", "bu otomatik bir",
        "see on automaat", "自動(?:返信|応答|送信|配信)(?:メール|です|され)",
        "(?:此|这|這)[是为封]?[^。]{0,10}自动(?:回复|答复|发)",
    ),
    _I,
)  # fmt: skip
"""In the body, where the program speaks of itself in the first lines."""
GENERATED_TEXT = re.compile(
    _any(
        r"(?:do|does) not (?:reply|respond) to this (?:e-?mail|message)", r"please do not (?:reply|respond)",
        r"(?:kan|går) (?:inte|ej) (?:att )?(?:svara|besvaras?) på? ?(?:detta|det här)?",
        r"svara inte på (?:detta|det här)", "älä vastaa tähän", r"bitte antworten sie nicht auf diese",
        r"(?:ikke svar|svar ikke) på denne",
        r"ne pas répondre à (?:ce|cet)", "no responda a este", r"non rispondere a quest", r"não responda a est",
        r"prosimy nie odpowiadać", "não responder",
    ),
    _I,
)  # fmt: skip
UNSUBSCRIBE = re.compile(
    _any(
        "unsubscribe", "avregistrera", "avprenumerera", "avsluta prenumeration", "avanmäl", "meld (?:deg|dig) av",
        "afmeld", "avmeld", "peruuta tilaus", "abbestellen",
        "abmelden", "désabonn", "désinscri", "cancelar (?:la )?(?:suscripci|subscri)", "darse de baja",
        "annulla (?:l')?iscri", "disiscri", "uitschrijven", "afmelden",
        "wypisz", "odhlásit", "отписаться", "leiratkoz", "cancelar inscri", "配信停止", "退订",
    ),
    _I,
)  # fmt: skip
CHALLENGE = re.compile(
    _any(
        r"(?:please )?confirm (?:your )?(?:message|e-?mail|delivery|your identity as sender)\b",
        r"(?:your )?(?:e-?)?mail (?:to \S+ )?(?:requires|needs|awaits|is awaiting) (?:verification|confirmation|"
        r"authori[sz]ation)",
        r"verification (?:required|needed) (?:for|to)", r"sender (?:address )?(?:verification|authentication|"
        r"authori[sz]ation|confirmation) (?:required|request|needed)",
        r"(?:challenge|confirm)[ -](?:response|request)\b", r"\bwhitelist (?:request|verification|confirmation)\b",
        r"please (?:authenticate|verify) (?:yourself|your (?:e-?mail|message|address))",
        r"bekräfta (?:ditt|att du) (?:mejl|meddelande|är)", r"action required to deliver",
        r"bestätigen sie ihre (?:e-?mail|nachricht)",
    ),
    _I,
)  # fmt: skip
