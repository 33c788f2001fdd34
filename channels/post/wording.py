"""Invented people and Swedish letters for generated scans. Nobody here exists.

Personal numbers carry the serials 238x and 239x that the Swedish Tax Agency keeps for tests, telephone numbers
are those that PTS keeps for fiction, organisation numbers begin with 999 (never given out), mail addresses lie
under example.com and example.org (RFC 2606).
"""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from channels.post.numbers import luhn_digit

FIRST = ("Åsa", "Örjan", "Märta", "Göran", "Björn", "Ingegärd", "Kerstin", "Håkan", "Lena", "Sören", "Amina", "Noël")
LAST = ("Ångström", "Öberg", "Sjölund", "Bäckström", "Lindqvist", "Hägg", "Åkerblom", "Rönnberg", "Farah", "Ek")
STREETS = ("Björkvägen", "Ängsgatan", "Östra Kyrkogatan", "Sjöstigen", "Åsvägen", "Mjölnargränd", "Västra Ågatan")
PLACES = (("123 45", "SOLVIK"), ("123 51", "ÅKERBY"), ("124 30", "NORRSÄTRA"), ("124 77", "ÖSTERHAMN"))


@dataclass(frozen=True, slots=True)
class Person:
    """An invented sender."""

    name: str
    street: str
    postcode: str
    place: str
    phone: str
    email: str
    personal_number: str
    """Twelve digits, `YYYYMMDDNNNN`."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says, before it is put on paper. `fields` is what a reader should find: kind -> value."""

    kind: str
    person: Person
    written: date
    subject: str
    paragraphs: tuple[str, ...]
    fields: dict[str, str] = field(default_factory=dict)
    organisation: str = ""


def person(rng: random.Random) -> Person:
    first, last = rng.choice(FIRST), rng.choice(LAST)
    postcode, place = rng.choice(PLACES)
    mailbox = _ascii(f"{first}.{last}".lower())
    return Person(
        name=f"{first} {last}",
        street=f"{rng.choice(STREETS)} {rng.randint(1, 98)}",
        postcode=postcode,
        place=place,
        phone=f"070-174 06 {rng.randint(5, 99):02d}",
        email=f"{mailbox}{rng.choice(('', str(rng.randint(2, 99))))}@{rng.choice(('example.com', 'example.org'))}",
        personal_number=personal_number(rng),
    )


def personal_number(rng: random.Random) -> str:
    """A personal number of the Tax Agency's test series."""
    born = date(1940, 1, 1) + timedelta(days=rng.randrange(60 * 365))
    serial = rng.choice(("238", "239"))
    return f"{born:%Y%m%d}{serial}{luhn_digit(f'{born:%y%m%d}{serial}')}"


def organisation_number(rng: random.Random) -> str:
    head = f"999{rng.randrange(1_000_000):06d}"
    return f"{head[:6]}-{head[6:]}{luhn_digit(head)}"


def letter(rng: random.Random, kind: str = "", case_number: str = "", today: date = date(2026, 11, 20)) -> Letter:
    """One letter of `kind` (a key of `KINDS`; empty: any) by an invented person."""
    kind = kind or rng.choice(sorted(KINDS))
    subject, *body = KINDS[kind]
    paragraphs = tuple(body)
    who = person(rng)
    written = today - timedelta(days=rng.randint(0, 5))
    fields = {
        "name": who.name,
        "postcode": who.postcode.replace(" ", ""),
        "phone": "+46" + who.phone[1:].replace("-", "").replace(" ", ""),
        "email": who.email,
        "personal_number": who.personal_number,
        "date": written.isoformat(),
    }
    organisation = ""
    values = {"amount": f"{rng.randint(2, 95)} {rng.randint(100, 999)}", "percent": str(rng.randint(2, 25))}
    if kind == "association":
        number = organisation_number(rng)
        organisation, fields["organisation_number"] = f"Org.nr {number}", number.replace("-", "")
    if case_number:
        fields["case_number"] = case_number
        paragraphs = (f"Jag skriver med anledning av ert ärende {case_number}.", *paragraphs)
    further = rng.sample(FURTHER, rng.randint(1, len(FURTHER) - 2))
    filled = tuple(text.format(**values) for text in (*paragraphs, *further))
    return Letter(kind, who, written, subject, filled, fields, organisation)


def _ascii(text: str) -> str:
    return text.translate(str.maketrans("åäöéëżč ", "aaoeezc."))


LETTERS = {
    "building": """
Fråga om bygglov för altan

Hej! Vi har köpt ett äldre hus och funderar på att bygga en altan mot söder. Den blir ungefär fyra meter bred
och tre meter djup, med ett räcke på nittio centimeter.

Behöver vi söka bygglov, eller räcker det med en anmälan? Grannen säger att det beror på hur hög altanen blir
över marken. Enligt 9 kap. 4 § plan- och bygglagen (2010:900) finns undantag, men vi förstår inte riktigt vad
som gäller för oss.

Vi är tacksamma för svar före jul, eftersom snickaren vill beställa virke i januari.
""",
    "complaint": """
Klagomål på snöröjningen

Sedan i tisdags har ingen plogat gångvägen mellan skolan och busshållplatsen. Det ligger nu en hård isvall över
övergångsstället, och äldre människor tvingas gå ute i körbanan.

I måndags föll en granne och slog i höften. Jag ringde felanmälan tre gånger men fick inget besked. Så här får
det inte gå till. Vägen ska vara öppen både på för- och eftermiddagen.

Jag begär att ni sandar omedelbart och att någon hör av sig till mig.
""",
    "homecare": """
Ansökan om mer hemtjänst

Min mor har blivit sämre efter sjukhusvistelsen och klarar inte längre att duscha själv. Hon har i dag hjälp med
städning varannan vecka och matlåda på vardagar.

Vi ansöker om hjälp på morgonen och kvällen, alla dagar. Läkaren på vårdcentralen har skrivit ett intyg som vi
bifogar. Var snälla och ring dotter först, eftersom mor hör dåligt.

Det är brådskande, hon har ramlat två gånger på en månad.
""",
    "invoice": """
Bestridande av faktura för barnomsorg

Jag bestrider fakturan på {amount} kronor för oktober. Min inkomst har minskat med {percent} % sedan i augusti
och avgiften är räknad på den gamla lönen.

Nya uppgifter lämnades redan den 3 september via e-tjänsten. Jag önskar en rättad faktura, samt anstånd tills
den är klar. Betalningspåminnelsen bör därför återtas.

Bifogat: lönebesked för september och oktober.
""",
    "document": """
Begäran om allmän handling

Med stöd av 2 kap. 15 § tryckfrihetsförordningen begär jag att få ta del av samtliga inkomna synpunkter om
detaljplanen för Hamnområdet, etapp två.

Jag önskar handlingarna elektroniskt, i andra hand som kopior. Meddela mig gärna i förväg om avgiften överstiger
200 kronor.

Skulle någon uppgift omfattas av sekretess begär jag ett skriftligt beslut som går att överklaga.
""",
    "association": """
Ansökan om föreningsbidrag

Vår förening söker bidrag för ungdomsverksamheten under nästa år. Vi har 140 medlemmar mellan sju och tjugo år
och övar i sporthallen tre kvällar i veckan.

Kostnaden för lokaler har ökat med {percent} % och uppgår nu till {amount} kronor. Utan stöd måste vi höja
avgiften, vilket drabbar familjer med små marginaler.

Årsmötesprotokoll och budget bifogas. Kassören svarar gärna på frågor.
""",
}
"""kind -> subject and paragraphs, an empty line between them."""

FURTHER_PARAGRAPHS = """
Jag har bott på samma adress sedan 1987 och har aldrig förr behövt vända mig till kommunen. Nu känner jag mig
tvungen, eftersom ingen annan tycks vilja ta ansvar för frågan.

Enligt er webbplats www.solvik.example ska ett besked lämnas inom en vecka. Det har nu gått mer än fyra veckor
sedan jag först hörde av mig, den 14 oktober.

Om ni behöver fler uppgifter når ni mig säkrast på telefon mellan klockan 9 och 11 på förmiddagen. Det går också
bra att lämna ett meddelande hos min granne på nedre botten.

Jag har talat med handläggaren två gånger, senast i förra veckan, och då fick jag höra att ärendet låg hos en
annan enhet. Där svarade man att det aldrig hade kommit fram.

Till sist vill jag framföra ett tack till personalen på äldreboendet Gläntan, som alltid är vänlig, hjälpsam och
tålmodig. De förtjänar både uppskattning och högre lön.

Observera att jag ännu inte har betalat räkningen. Den är daterad 2026-10-30 och förfaller om tio dagar;
dröjsmålsränta bör inte tas ut så länge saken utreds.
"""


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))


KINDS = {kind: _paragraphs(text) for kind, text in LETTERS.items()}
"""kind -> (subject, paragraph, …)."""
FURTHER = _paragraphs(FURTHER_PARAGRAPHS)
"""Paragraphs that may follow in any letter."""
