"""The directory as a file: how it is written, what is wrong with it and where."""

import pytest

from contactcenter.directory import ldap, sheet
from contactcenter.directory.records import Fault
from contactcenter.errors import Refused

HEAD = "Anställningsnummer;Namn;Titel;Enhet;Sökord;Telefon;Mobil;E-post;Anknytning;Skyddad"
ROW = "7;Åsa Öberg;Handläggare;Bygg;bygglov, tomt;010-123 45 67;070-174 06 05;Asa@solvik.example;2011;nej"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_any_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    row = ROW.replace("bygglov, tomt", "bygglov|tomt")
    text = f"{HEAD}\r\n{row}\r\n".replace(";", delimiter)
    records, faults = sheet.read(text.encode(encoding))
    assert faults == []
    [one] = records
    assert one.key == "7"
    assert one.values == {
        "name": "Åsa Öberg", "title": "Handläggare", "unit": "Bygg", "words": ["bygglov", "tomt"],
        "work": "+46101234567", "mobile": "+46701740605", "email": "asa@solvik.example", "extension": "2011",
        "protected": False,
    }  # fmt: skip


def test_what_is_wrong_is_said_by_line_and_the_rest_is_taken() -> None:
    rows = [
        "1;Anna Berg;;;;nej tack;;;;",
        "2;;;;;;;;;",
        "3;Bo Lind;;;;;;inte en adress;;",
        "4;Cilla",
        "",
        '5;"Dan\nEk";;;;;;;;kanske',
        "1;Anna Igen;;;;;;;;",
    ]
    records, faults = sheet.read("\n".join([HEAD, *rows]).encode())
    assert [(fault.line, fault.what, fault.field) for fault in faults] == [
        (2, "number", "work"), (3, "name", "name"), (4, "email", "email"), (5, "columns", ""), (7, "flag", "protected"),
        (9, "key_twice", ""),
    ]  # fmt: skip
    assert [one.values["name"] for one in records] == ["Anna Berg", "Bo Lind", "Dan Ek"]
    assert "work" not in records[0].values


@pytest.mark.parametrize("data", [b"", b"a;b\n1;2", b"<html>", b"PK\x03\x04\x00"], ids=["empty", "none", "html", "zip"])
def test_a_file_that_is_no_directory(data: bytes) -> None:
    with pytest.raises(Refused):
        sheet.read(data)


def test_headings_of_ones_own_and_names_in_two_columns() -> None:
    text = "Förnamn,Efternamn,Vad gör du?\nAnna,Berg,bygglov\n"
    records, faults = sheet.read(text.encode(), columns={"words": "Vad gör du?"})
    assert (records[0].values, faults) == ({"name": "Anna Berg", "words": ["bygglov"]}, [])
    for wrong in ({"words": "Finns inte"}, {"shoe": "Förnamn"}):
        with pytest.raises(Refused):
            sheet.read(text.encode(), columns=wrong)


@pytest.mark.parametrize(
    "url",
    ["http://x.example/a.ics", "file:///etc/passwd", "https://u:p@x.example/", "https://", "ftp://x/", "javascript:1"],
)
def test_only_https_is_a_calendar(url: str) -> None:
    _, faults = sheet.read(f"Namn;Kalender\nAnna;{url}\n".encode())
    assert faults == [Fault(2, "calendar_url", "calendar_url", "Anna")]


def test_ldif_as_servers_write_it() -> None:
    text = (
        b"# search\ndn: cn=x\ncn:: w4VzYSDDlmJlcmc=\nmail: asa@solvik.example\ndescription;lang-sv: en lang\n  rad\n"
        b"objectGUID:: /////wABAgM=\n\nref: ldap://elsewhere/\n\ndn: cn=y\ncn: Bo\n"
    )
    found = list(ldap.entries(text))
    assert found == [
        {"cn": ["Åsa Öberg".encode()], "mail": [b"asa@solvik.example"], "description": [b"en lang rad"],
         "objectguid": [b"\xff\xff\xff\xff\x00\x01\x02\x03"]},
        {"cn": [b"Bo"]},
    ]  # fmt: skip
