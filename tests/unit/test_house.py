"""The rules of the house that a reader should be able to count on: who imports whom, sizes, names, nothing private."""

import ast
import json
import re
import sys
from itertools import pairwise
from statistics import median

import pytest

from tests.support import ROOT
from tests.unit import house
from tests.unit.house import PACKAGES, Import

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
MEDIAN_FUNCTION = 8
# Nothing to follow there: a schema written out once.
LISTS = ("contactcenter/migrations/versions/",)

# Everything may be imported here: these put the parts together.
COMPOSITION = ("contactcenter/main.py", "contactcenter/checking.py", "contactcenter/demo/")

# Which of our packages a folder may import. Longest folder first.
LAYERS = {
    "channels/phone/": ("channels", "contactcenter", "pbx"),
    "channels/": ("channels", "contactcenter"),
    "pbx/": ("pbx", "contactcenter.ports", "contactcenter.errors"),
    "ui/": ("ui", "contactcenter"),
    "contactcenter/": ("contactcenter",),
}

# The only places that may know a library. What is not named here is free to all but the core.
DOORS = {
    "panoramisk": ("pbx/",),
    "aiosmtpd": ("channels/email/",),
    "aiosmtplib": ("channels/email/",),
    "flufl": ("channels/email/",),
    "pytesseract": ("channels/post/",),
    "zxingcpp": ("channels/post/",),
    "pypdfium2": ("channels/post/",),
    "pikepdf": ("channels/post/",),
    "starlette": ("ui/",),
    "uvicorn": ("ui/",),
    "websockets": ("ui/",),
    "typer": (),
    "alembic": ("contactcenter/migrations/", "contactcenter/migrate.py"),
    "psycopg": ("contactcenter/store.py", "contactcenter/store/"),
    "httpx2": ("contactcenter/connectors/", "channels/email/oauth.py"),
    "dns": ("channels/email/trust/names.py",),
    "publicsuffixlist": ("channels/email/trust/dmarc.py",),
    "imapclient": ("channels/email/imap.py",),
    "holidays": ("contactcenter/hours_plan.py",),
    "yaml": ("contactcenter/configuration.py", "ui/administration.py"),
    "reportlab": ("contactcenter/casepdf.py", "channels/post/"),
    "icalendar": ("contactcenter/directory/busy.py",),
    "recurring_ical_events": ("contactcenter/directory/busy.py",),
    "argon2": ("contactcenter/accounts.py",),
}
CORE_MAY_USE = ("sqlmodel", "sqlalchemy", "pydantic", "pydantic_core", "msgspec")

FORBIDDEN_WORDS = {"util", "utils", "helper", "helpers", "manager", "managers", "service", "services"}
# Words of the field that hold a forbidden one.
FIELD_WORDS = {("service", "level")}
# In Asterisk's world the manager is an interface, with users and events of its own.
ASTERISK_WORDS = {"manager"}


def composes(place: Import) -> bool:
    return place.file.startswith(COMPOSITION)


def third_party(place: Import) -> bool:
    top = place.target.split(".")[0]
    return top not in sys.stdlib_module_names and top not in PACKAGES


def test_the_rules_see_what_they_judge() -> None:
    source = """
import pbx.ami as link, json
from ..store import Store
def offered(case):
    \"""Two lines
    of docstring.\"""
    return case
"""
    first, second, function = ast.parse(source).body
    assert isinstance(first, ast.Import)
    assert isinstance(second, ast.ImportFrom)
    assert isinstance(function, ast.FunctionDef)
    assert house.targets(first, "ui/hub.py") == ["pbx.ami", "json"]
    assert house.targets(second, "contactcenter/cases/merge.py") == ["contactcenter.store.Store"]
    assert house.length(function) == 2
    assert house.words("QueueHTTPHelper_serviceLevel") == ["queue", "http", "helper", "service", "level"]
    assert Import("a.py", 1, "pbx.ami").within("pbx")
    assert not Import("a.py", 1, "pbxx.ami").within("pbx")
    assert {place.target.split(".")[0] for place in house.imports("contactcenter")} >= {"contactcenter", "sqlmodel"}


def test_imports_point_inwards() -> None:
    for place in house.imports(*PACKAGES):
        allowed = next(packages for folder, packages in LAYERS.items() if place.file.startswith(folder))
        if not composes(place) and place.within(*PACKAGES, "tests", "benchmarks"):
            assert place.within(*allowed), f"{place}: a file there may import only {', '.join(allowed)}"


def test_channels_do_not_know_each_other() -> None:
    kinds = {path.name for path in (ROOT / "channels").iterdir() if path.is_dir()}
    for place in house.imports("channels"):
        own = place.file.split("/")[1]
        others = [f"channels.{kind}" for kind in kinds - {own}]
        assert not place.within(*others), f"{place}: a channel may not know another"


def test_the_core_imports_no_connector() -> None:
    for place in house.imports("contactcenter"):
        if composes(place) or place.file.startswith("contactcenter/connectors/"):
            continue
        finding = place.within("contactcenter.connectors.registry", "contactcenter.connectors.port")
        assert finding or not place.within("contactcenter.connectors"), (
            f"{place}: connectors are found by their registry"
        )


@pytest.mark.parametrize("library", DOORS)
def test_one_door_per_library(library: str) -> None:
    for place in house.imports(*PACKAGES):
        if place.within(library) and not composes(place):
            assert place.file.startswith(DOORS[library]), f"{place}: only {DOORS[library] or 'the command'} may"


def test_the_core_is_ignorant_of_every_protocol() -> None:
    for place in house.imports("contactcenter"):
        if composes(place) or not third_party(place) or place.within(*CORE_MAY_USE):
            continue
        doors = DOORS.get(place.target.split(".")[0], ())
        assert place.file.startswith(doors), f"{place}: the core may use only {', '.join(CORE_MAY_USE)}"


def test_the_sip_library_is_known_to_one_front_end_file() -> None:
    sources = [path for path in house.files("ui/web") if path.suffix in {".ts", ".tsx"}]
    knowing = [house.name(path) for path in sources if re.search(r"""(from|import)\s*\(?["']jssip""", path.read_text())]
    assert len(knowing) <= 1, knowing


def test_protocol_and_state_of_the_front_end_know_no_framework() -> None:
    plain = re.compile(r"/(protocol|connection|state|keys|softphone)(/|\.)")
    for path in house.files("ui/web/src"):
        if path.suffix in {".ts", ".tsx"} and plain.search(path.as_posix()):
            found = re.search(r"""from ["'](@?preact[^"']*)""", path.read_text())
            assert found is None, f"{house.name(path)}: {found}"


def test_files_are_short() -> None:
    long = {}
    for path in house.files(*house.CODE):
        lines = path.read_text().count("\n")
        if path.suffix in {".py", ".ts", ".tsx", ".css", ""} and lines > LONGEST_FILE:
            long[house.name(path)] = lines
    generated = {file for file in long if "do not edit" in (ROOT / file).read_text()[:400].lower()}
    assert not {file: lines for file, lines in long.items() if file not in generated and not file.startswith(LISTS)}


def test_functions_are_short() -> None:
    long = [
        f"{found.place}: {found.lines} lines"
        for found in house.functions(*house.CODE)
        if found.lines > LONGEST_FUNCTION
    ]
    assert not long


def test_most_functions_are_very_short() -> None:
    assert median(found.lines for found in house.functions(*PACKAGES)) <= MEDIAN_FUNCTION


def test_names_say_what_a_thing_is_for() -> None:
    for path in house.python_files(*house.CODE):
        for name in house.defined_names(path):
            words = house.words(name)
            pairs = set(pairwise(words))
            vague = set() if pairs & FIELD_WORDS else FORBIDDEN_WORDS & {*words}
            if re.search(r"pbx|asterisk|sipp", house.name(path)):
                vague -= ASTERISK_WORDS
            assert not vague, f"{house.name(path)}: {name} says nothing; name it after what it does for whom"


# Written in pieces, so that this file passes its own test.
PRIVATE = {
    "a folder of one machine": re.compile("/" + r"(?:root|work|home/\w+)" + r"/\S"),
    "a package registry's host": re.compile(
        r"\b(?:" + "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.(?:org|com)"]) + r")\b"
    ),
    "a package mirror's host": re.compile(r"\b(?:deb|security|archive|ftp\.\w+)" + r"\.(?:debian\.org|ubuntu\.com)\b"),
}


@pytest.mark.parametrize("what", PRIVATE)
def test_nothing_of_one_machine_is_written_down(what: str) -> None:
    for path in house.files():
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            found = PRIVATE[what].search(line)
            assert found is None, f"{house.name(path)}:{number} holds {what}: {found}"


def test_locks_hold_hashes_and_no_address() -> None:
    assert not (ROOT / "uv.lock").exists()
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text()
        assert "://" not in text
        for entry in re.split(r"\n(?=\w)", text)[1:]:
            assert "--hash=sha256:" in entry, entry


def test_the_front_ends_lock_holds_hashes_and_no_address() -> None:
    packages = json.loads((ROOT / "ui/web/package-lock.json").read_text())["packages"]
    wanted = json.loads((ROOT / "ui/web/package.json").read_text())
    for kind in ("dependencies", "devDependencies"):
        assert packages[""][kind] == wanted[kind], "run: npm --prefix ui/web install --package-lock-only"
    assert not [name for name, entry in packages.items() if "://" in entry.get("resolved", "")]
    assert not [name for name, entry in packages.items() if name and not entry.get("integrity")]
