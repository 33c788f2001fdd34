"""Sending a mail to the installation's door."""

from email.message import EmailMessage
from email.utils import formataddr, make_msgid, parseaddr

import aiosmtplib


async def send(port: int, sender: str, subject: str, text: str, **fields: str) -> str:
    """Send one mail as a citizen's program does; return its Message-ID."""
    mail = EmailMessage()
    mail["From"] = formataddr(parseaddr(sender))
    mail["To"] = "kontaktcenter@solvik.example"
    mail["Subject"] = subject
    mail["Message-ID"] = make_msgid(domain="citizen.example")
    for name, value in fields.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    await aiosmtplib.send(
        mail.as_bytes(), sender=parseaddr(sender)[1], recipients=[str(mail["To"])], hostname="127.0.0.1", port=port
    )
    return str(mail["Message-ID"])
