"""Mail that came over a list, and requests of machines: recognised, never answered, nothing in it followed."""

import pytest

from channels.email import message

LIST = "List-Id: Kommunjurister <jurister.listor.example>\nList-Unsubscribe: {offer}\n"
HEAD = "From: Eva Ek <eva@citizen.example>\nTo: bygg@solvik.example\nMessage-ID: <1@c.example>\n"


def parsed(fields: str, text: str = "Hej alla!") -> message.Parsed:
    return message.parse((f"{HEAD}{fields}\n{text}\n").encode(), "jurister-bounces@listor.example", [])


@pytest.mark.parametrize(("offer", "shown"), [
    ("<mailto:leave@listor.example>, <https://listor.example/leave?u=1>",
     "mailto:leave@listor.example, https://listor.example/leave?u=1"),
    ("(click)\n <https://listor.example/x>", "https://listor.example/x"),
    ("<javascript:alert(1)>", ""), ("NO", ""),
])  # fmt: skip
def test_the_offer_to_leave_is_told_as_text(offer: str, shown: str) -> None:
    found = parsed(LIST.format(offer=offer))
    assert found.mailing_list == {"id": "Kommunjurister <jurister.listor.example>", "unsubscribe": shown}
    assert (found.kind, found.answerable) == ("mailing_list", False)


def test_a_persons_mail_is_of_no_list() -> None:
    found = parsed("Subject: Altan\n")
    assert (found.mailing_list, found.kind) == (None, "person")


@pytest.mark.parametrize(("fields", "kind"), [
    ("Subject: Please confirm your message\nX-Boxtrapper: a1b2c3\n", "challenge"),
    ("Subject: Läst: Altan\nContent-Type: multipart/report; report-type=disposition-notification; boundary=a\n",
     "read_receipt"),
])  # fmt: skip
def test_challenges_and_read_receipts_get_no_answer(fields: str, kind: str) -> None:
    found = parsed(fields, "--a\n\nLäst.\n--a--" if "report" in fields else "Click to confirm.")
    assert (found.kind, found.answerable, found.automatic) == (kind, False, True)


def test_a_wish_for_a_read_receipt_changes_nothing() -> None:
    found = parsed("Subject: Altan\nDisposition-Notification-To: eva@citizen.example\n")
    assert found.kind == "person"
