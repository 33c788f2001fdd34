"""Invented citizens who write mail, well-formed and otherwise, over real SMTP: for the demo and `simulate`."""

import asyncio
import base64
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import aiosmtplib

from contactcenter.clock import utc_now

PEOPLE = (
    ("Eva Lindqvist", "eva.lindqvist"), ("Örjan Åberg", "orjan.aberg"), ("Malin Sjöström", "malin.sjostrom"),
    ("Hamid Rezai", "hamid.rezai"), ("Karin Ek", "karin.ek"), ("Lars-Åke Öberg", "larsake.oberg"),
    ("Amina Warsame", "amina.warsame"), ("Tuula Niemi", "tuula.niemi"), ("Gösta Fält", "gosta.falt"),
)  # fmt: skip
"""Invented; their addresses are of the domain that RFC 2606 keeps free."""

_MATTERS = """\
bygg@solvik.example | Bygglov för altan?
Hej!

Vi tänker bygga en altan på baksidan, ungefär 20 kvadratmeter och 80 cm hög. Behöver vi bygglov för den?

Tack på förhand
====
kontaktcenter@solvik.example | Trasig gatlampa
Gatlampan utanför Storgatan 14 har varit släckt i två veckor. Det är väldigt mörkt vid övergångsstället. Kan
någon titta på den?
====
skola@solvik.example | Förskoleplats till hösten
Hej, vi har flyttat till Solvik och söker förskoleplats till vår dotter som fyller två i mars. Hur lång är kön
till Ekbackens förskola?
====
avfall@solvik.example | Soptunnan tömdes inte
Sopbilen körde förbi oss i tisdags. Tunnan är full. När kommer ni?
====
kontaktcenter@solvik.example | Hemtjänst för min mamma
Min mamma är 84 och behöver hjälp med städning och inköp. Hur ansöker man om hemtjänst?
====
kontaktcenter@solvik.example | Question about water bill
Hello,

I moved in last month and got two water bills. Which one is mine?

Best regards
====
bygg@solvik.example | Störande ljud från ventilation
Fläkten på grannhuset låter dygnet runt. Vi kan inte sova med öppet fönster. Vad kan kommunen göra?
====
"""


def _matters() -> list[tuple[str, str, str]]:
    """(mailbox, subject, text)."""
    found = []
    for one in _MATTERS.split("\n====\n")[:-1]:
        head, _, text = one.partition("\n")
        mailbox, _, subject = head.partition(" | ")
        found.append((mailbox, subject, text))
    return found


MATTERS = _matters()


PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass(slots=True)
class Writers:
    """Citizens who write to the SMTP server at `host`:`port`. The same seed writes the same mails."""

    host: str
    port: int
    seed: int = 1
    written: list[tuple[str, EmailMessage]] = field(default_factory=list)
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 (made-up letters, no secret)

    def write(self) -> tuple[str, str, bytes]:
        """(envelope sender, recipient, raw) of the next mail."""
        kinds: tuple[Callable[[EmailMessage, str], None], ...] = (_plain, _plain, _rich, _with_picture, _with_form)
        name, local = self._random.choice(PEOPLE)
        recipient, subject, text = self._random.choice(MATTERS)
        if self.written and self._random.random() < 0.15:
            recipient, earlier = self._random.choice(self.written)
            return self._away(recipient, earlier) if self._random.random() < 0.3 else self._more(recipient, earlier)
        mail = self._headed(name, local, recipient, subject)
        self._random.choice(kinds)(mail, f"{text}\n\n{name}")
        self.written = [*self.written[-20:], (recipient, mail)]
        if self._random.random() < 0.1:
            return f"{local}@citizen.example", recipient, _old_fashioned(mail, f"{text}\n\n{name}")
        return f"{local}@citizen.example", recipient, mail.as_bytes()

    async def send(self) -> None:
        """Write one and send it. Raises aiosmtplib's errors when the door does not take it."""
        sender, recipient, raw = self.write()
        async with aiosmtplib.SMTP(hostname=self.host, port=self.port, timeout=20) as client:
            await client.sendmail(sender, [recipient], raw)

    async def send_many(self, count: int, over: float) -> None:
        """Send `count`, spread over `over` seconds; the first at once."""
        for place in range(count):
            if place:
                await asyncio.sleep(over / count * self._random.uniform(0.6, 1.4))
            await self.send()

    def _headed(self, name: str, local: str, recipient: str, subject: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = f'"{name}" <{local}@citizen.example>'
        mail["To"] = recipient
        mail["Subject"] = subject
        mail["Date"] = format_datetime(utc_now())
        mail["Message-ID"] = make_msgid(domain="citizen.example")
        return mail

    def _away(self, recipient: str, earlier: EmailMessage) -> tuple[str, str, bytes]:
        """An out-of-office notice: nobody is to answer it."""
        mail = EmailMessage()
        for name in ("From", "To"):
            mail[name] = str(earlier[name])
        mail["Subject"] = f"Automatiskt svar: {earlier['Subject']}"
        mail["Date"] = format_datetime(utc_now())
        mail["Message-ID"] = make_msgid(domain="citizen.example")
        mail["In-Reply-To"] = mail["References"] = str(earlier["Message-ID"])
        mail["Auto-Submitted"] = "auto-replied"
        mail.set_content("Jag är ledig och läser min e-post igen på måndag.\n")
        return "", recipient, mail.as_bytes()

    def _more(self, recipient: str, earlier: EmailMessage) -> tuple[str, str, bytes]:
        mail = EmailMessage()
        for name in ("From", "To"):
            mail[name] = str(earlier[name])
        mail["Subject"] = f"Sv: {earlier['Subject']}"
        mail["Date"] = format_datetime(utc_now())
        mail["Message-ID"] = make_msgid(domain="citizen.example")
        mail["In-Reply-To"] = mail["References"] = str(earlier["Message-ID"])
        quoted = "\n".join(f"> {line}" for line in _text_of(earlier).splitlines())
        mail.set_content(
            f"Hej igen!\n\nJag glömde säga att det är bråttom.\n\nDen 23 nov. 2026 kl. 09:12 skrev jag:\n{quoted}\n"
        )
        return str(earlier["From"]).rpartition("<")[2].rstrip(">"), recipient, mail.as_bytes()


def _text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""


def _plain(mail: EmailMessage, text: str) -> None:
    mail.set_content(text)


def _rich(mail: EmailMessage, text: str) -> None:
    mail.set_content(text)
    paragraphs = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
    tracker = '<img src="https://tracker.example/p.gif" width="1" height="1"><script>alert(1)</script>'
    mail.add_alternative(f"<html><body>{paragraphs}{tracker}</body></html>", subtype="html")


def _with_picture(mail: EmailMessage, text: str) -> None:
    mail.set_content(text)
    mail.add_attachment(PIXEL, maintype="image", subtype="png", filename="bild på gården.png")


def _with_form(mail: EmailMessage, text: str) -> None:
    mail.set_content(text)
    mail.add_attachment(b"%PDF-1.4\n%%EOF\n", maintype="application", subtype="pdf", filename="blankett.pdf")


def _old_fashioned(mail: EmailMessage, text: str) -> bytes:
    """As some programs still do: raw Latin-1 without saying so."""
    head = "".join(f"{name}: {mail[name]}\r\n" for name in ("From", "To", "Subject", "Date", "Message-ID"))
    return (head + "\r\n" + text.replace("\n", "\r\n")).encode("latin-1", "replace")
