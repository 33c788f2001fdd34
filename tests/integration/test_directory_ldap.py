"""The directory read from a real slapd: pages, TLS, filter, attributes, what is wrong said by its setting."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from contactcenter.directory import importing, ldap, people
from contactcenter.directory.model import Person
from contactcenter.directory.settings import DirectorySettings
from contactcenter.errors import Misconfigured, Unavailable
from contactcenter.store import Store
from tests import town as solvik
from tests.fixtures.store import NOW
from tests.integration import slapd
from tests.integration.slapd import ADMIN, BASE, PASSWORD, Slapd

STAFF = 140
"""More than the server gives at once (its size limit is 50): only pages bring them all."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    try:
        with slapd.running(tmp_path_factory.mktemp("slapd")) as made:
            made.add("\n".join(person(number) for number in range(STAFF)))
            yield made
    except FileNotFoundError:
        pytest.skip("slapd is missing: apt install slapd ldap-utils")


def person(number: int) -> str:
    name = "Åsa Öberg" if number == 0 else f"Person {number}"
    return (
        f"dn: uid=p{number},{BASE}\nobjectClass: inetOrgPerson\nuid: p{number}\nsn: {name}\ncn: {name}\n"
        f"displayName: {name}\nemployeeNumber: {number}\nmail: p{number}@solvik.example\n"
        f"telephoneNumber: 040-628 04 {number % 100:02}\ndepartmentNumber: Bygg och miljö\n"
        f"businessCategory: bygglov\nbusinessCategory: tomter\n"
        + ("employeeType: slutat\n" if number == 7 else "") + (f"jpegPhoto:: {'A' * 400}\n" if number == 1 else "")
    )  # fmt: skip


def settings(server: Slapd, **changed: Any) -> DirectorySettings:
    values: dict[str, Any] = {
        "ldap_url": server.tls_url, "ldap_ca_file": server.cert, "ldap_base": BASE, "ldap_page": 40,
        "ldap_user": ADMIN, "ldap_password": SecretStr(PASSWORD),
        "ldap_filter": "(&(objectClass=inetOrgPerson)(!(employeeType=slutat)))",
        "ldap_attributes": {"key": "employeeNumber", "words": "businessCategory", "unit": "departmentNumber"},
    }  # fmt: skip
    return DirectorySettings(**(values | changed))


@pytest.mark.parametrize("how", ["ldaps", "starttls"])
@pytest.mark.parametrize("who", ["", ADMIN])  # the administrator has no size limit, everybody else has
async def test_everybody_is_read_page_by_page(server: Slapd, how: str, who: str) -> None:
    url = {"ldap_url": server.url} if how == "starttls" else {}
    records, faults = await ldap.fetch(settings(server, ldap_user=who, **url))
    assert (len(records), faults) == (STAFF - 1, [])
    first = next(one for one in records if one.key == "0")
    assert first.values == {
        "name": "Åsa Öberg", "title": "", "unit": "Bygg och miljö", "words": ["bygglov", "tomter"],
        "work": "+46406280400", "mobile": "", "email": "p0@solvik.example", "login": "", "extension": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"ldap_password": SecretStr("fel")}, "LDAP_USER"),
        ({"ldap_base": "dc=nowhere,dc=example"}, "LDAP_BASE"),
        ({"ldap_filter": "(((("}, "LDAP_FILTER"),
        ({"ldap_attributes": {"shoe": "size"}}, "LDAP_ATTRIBUTES"),
    ],
)
async def test_what_is_wrong_is_named_by_its_setting(server: Slapd, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        await ldap.fetch(settings(server, **wrong))


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(server: Slapd, tmp_path: Path) -> None:
    other, _ = slapd.certificates(tmp_path)
    for url in (server.tls_url, server.url):
        with pytest.raises(Unavailable):
            await ldap.fetch(settings(server, ldap_url=url, ldap_ca_file=other))


async def test_a_server_that_is_not_there_is_passing(server: Slapd) -> None:
    with pytest.raises(Unavailable):
        await ldap.fetch(settings(server, ldap_url="ldaps://127.0.0.1:9"))


async def test_who_has_left_is_marked_gone_at_the_next_reading(server: Slapd, town: Store) -> None:
    place = town.sync_read(lambda s: solvik.user(s, "alma").organisation_id)

    async def read() -> importing.Plan:
        records, faults = await ldap.fetch(settings(server))
        return await town.run(importing.apply, "ldap", place, records, faults, NOW, most_gone=0.3)

    assert len((await read()).changes) == STAFF - 1
    assert (await read()).changes == []
    server.change(f"dn: uid=p3,{BASE}\nchangetype: modify\nadd: employeeType\nemployeeType: slutat\n")
    server.change(f"dn: uid=p4,{BASE}\nchangetype: modify\nreplace: displayName\ndisplayName: Nils Nyman\n")
    try:
        plan = await read()
        assert sorted((one.action, one.name) for one in plan.changes) == [
            ("change", "Nils Nyman"),
            ("gone", "Person 3"),
        ]
        lookup = people.Lookup()
        [found] = town.sync_read(lambda s: lookup.find(s, solvik.actor(s, "bo"), "nils nyman"))
        assert town.sync_read(lambda s: s.get_one(Person, found).source) == f"ldap:{place}"
    finally:
        server.change(f"dn: uid=p3,{BASE}\nchangetype: modify\ndelete: employeeType\n")
        server.change(f"dn: uid=p4,{BASE}\nchangetype: modify\nreplace: displayName\ndisplayName: Person 4\n")
