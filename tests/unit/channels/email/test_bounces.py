"""Delivery reports say whom they concern, why and what became of the mail, whoever wrote them."""

import pytest

from channels.email import automatic, statuses
from channels.email.automatic import Kind
from tests.unit.channels.email import bounce_corpus, people_corpus
from tests.unit.channels.email.machine_corpus import mail


@pytest.mark.parametrize(("made", "recipients", "status", "action", "reason"), bounce_corpus.STRUCTURED)
def test_a_report_with_fields(
    made: tuple[dict[str, str], str], recipients: list[str], status: str, action: str, reason: str
) -> None:
    found = automatic.bounce(mail(*made), "")
    assert found is not None
    assert (list(found.recipients), found.status, found.action, found.reason) == (recipients, status, action, reason)


@pytest.mark.parametrize(("made", "recipients", "status"), bounce_corpus.WRITTEN)
@pytest.mark.parametrize("mail_from", ["", "mailer-daemon@relay.example"])
def test_a_report_in_sentences(
    made: tuple[dict[str, str], str], recipients: list[str], status: str, mail_from: str
) -> None:
    found = automatic.bounce(mail(*made), mail_from)
    assert found is not None
    assert (sorted(found.recipients), found.status) == (sorted(recipients), status)
    assert automatic.kind_of(mail(*made), mail_from) in (Kind.DELIVERY_FAILED, Kind.DELIVERY_DELAYED)


@pytest.mark.parametrize("subject", people_corpus.SUBJECTS)
@pytest.mark.parametrize("body", people_corpus.BODIES)
def test_no_citizen_is_a_report(subject: str, body: str) -> None:
    assert automatic.bounce(mail({"Subject": subject}, body), "eva.ek@citizen.example") is None


def test_a_citizen_who_forwards_a_report_is_no_report() -> None:
    fields, body = bounce_corpus.STRUCTURED[0][0]
    inner = mail(fields, body).as_string()
    whole = (
        f"--o\nContent-Type: text/plain\n\nVad betyder detta?\n--o\nContent-Type: message/rfc822\n\n{inner}\n--o--\n"
    )
    made = mail({"Content_Type": "multipart/mixed; boundary=o", "Subject": "Fwd: Undelivered Mail"}, whole)
    assert automatic.bounce(made, "eva.ek@citizen.example") is None
    assert automatic.kind_of(made, "eva.ek@citizen.example") is Kind.PERSON


@pytest.mark.parametrize(
    ("text", "status"),
    [("550 5.1.1 unknown", "5.1.1"), ("552 too much", "5.2.2"), ("mailbox full", "5.2.2"), ("192.0.2.1", ""), ("", "")],
)
def test_a_text_amounts_to_a_status(text: str, status: str) -> None:
    assert statuses.concluded(text) == status


def test_a_report_of_very_many_lines_is_left_to_our_own_patterns() -> None:
    fields, body = bounce_corpus.WRITTEN[0][0]
    found = automatic.bounce(mail(fields, body + "\n" * 200_000), "")
    assert found is not None
    assert found.recipients == (bounce_corpus.EVA,)
