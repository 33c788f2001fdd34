"""The pages of the demo's case system: plain HTML, no script, in Swedish."""

from html import escape
from typing import Any

from contactcenter.demo.case_ledger import Row

STATUSES = {
    "received": "Mottaget",
    "in_progress": "Påbörjat",
    "answered": "Besvarat",
    "returned": "Återlämnat",
}
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .5rem; border-bottom: 1px solid #8886 }
form { display: grid; gap: .5rem; margin: 1rem 0; padding: 1rem; border: 1px solid #8886; border-radius: .5rem }
textarea, input { font: inherit; padding: .5rem } button { font: inherit; padding: .5rem 1rem; justify-self: start }
.text { white-space: pre-wrap; border-left: 3px solid #8886; padding-left: 1rem }
.care { border: 2px solid #c22; padding: .5rem }
"""
OPEN = ("received", "in_progress")


def listing(rows: list[Row]) -> str:
    """The list of cases."""
    lines = "".join(
        f'<tr><td><a href="/cases/{row.id}">{row.reference}</a></td><td>{escape(row.payload["case"]["number"])}</td>'
        f"<td>{escape(_topic(row))}</td><td>{escape(row.payload['case']['subject'])}</td>"
        f"<td>{STATUSES[row.status]}</td></tr>"
        for row in rows
    )
    body = f"<table><tr><th>Nummer<th>Kontaktcenter<th>Ärendetyp<th>Rubrik<th>Läge</tr>{lines}</table>"
    return _page("Verksamhetssystem", body if rows else "<p>Inga ärenden än.</p>", refresh=True)


def detail(row: Row, files: list[dict[str, Any]]) -> str:
    """One case with what can be done to it."""
    case, citizen = row.payload["case"], row.payload["citizen"]
    care = f'<p class="care">{escape(case["secrecy"]["note"])}</p>' if case["secrecy"] else ""
    who = escape(citizen["name"]) if citizen else "Okänd eller anonym"
    facts = f"<p>{escape(_topic(row))} · {who} · <strong>{STATUSES[row.status]}</strong></p>"
    texts = "".join(
        f"<h2>{escape(contact['channel'])} {escape(contact['arrived_at'][:16])}</h2>"
        f"<p>{escape(contact['sender_name'] or contact['sender'] or contact['by'])}</p>"
        f'<div class="text">{escape(contact["text"])}</div>'
        for contact in row.payload["contacts"]
    )
    listed = "".join(
        f"<li>{escape(file['name'])} – {'hämtad' if file['content'] is not None else 'hämtas'}</li>" for file in files
    )
    forms = _forms(row) if row.status in OPEN else ""
    note = f"<p>{escape(row.payload['handoff']['note'])}</p>"
    body = f"{care}{facts}{note}{texts}<h2>Filer</h2><ul>{listed}</ul>{forms}<p><a href='/'>Alla ärenden</a></p>"
    return _page(f"{row.reference}: {case['subject']}", body)


def _forms(row: Row) -> str:
    take_up = _form(row, "take-up", "Ta upp", "") if row.status == "received" else ""
    answer = _form(
        row, "answer", "Besvara", '<label>Svar<br><textarea name="text" rows="3" cols="60"></textarea></label>'
    )
    reason = '<label>Varför, och vart hör det?<br><input name="reason" required size="60"></label>'
    return take_up + answer + _form(row, "return", "Återlämna som felskickat", reason)


def _form(row: Row, action: str, label: str, fields: str) -> str:
    return f'<form method="post" action="/cases/{row.id}/{action}">{fields}<button>{label}</button></form>'


def _topic(row: Row) -> str:
    topic = row.payload["case"]["topic"]
    return str(topic["name"]) if topic else "–"


def _page(title: str, body: str, refresh: bool = False) -> str:
    again = '<meta http-equiv="refresh" content="5">' if refresh else ""
    return (
        f'<!doctype html><html lang="sv"><meta charset="utf-8">{again}'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>{body}</html>"
    )
