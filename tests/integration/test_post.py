"""Letters from the scan folder to cases, with the real Tesseract."""

import hashlib
import io
from pathlib import Path

import pikepdf
import pypdfium2
from PIL import Image

from channels.post import generate
from contactcenter.files import FileStore
from contactcenter.store import Store
from tests.integration.post_office import working
from tests.integration.scans import DPI, letter_image, sheet_image
from tests.support import eventually


async def test_a_letter_becomes_a_case_with_its_fields_and_files(town: Store, files: FileStore, tmp_path: Path) -> None:
    made, pages = generate.sample(1, "dpi200", "building", "KC-2026-000001")
    content = generate.as_pdf([page.image for page in pages], DPI)
    async with working(town, files, tmp_path) as office:
        office.put("solvik/brev.pdf", content)
        (letter,) = await office.settled(1)
        assert not list(office.scan.rglob("*.pdf"))
        await eventually(lambda: not list((office.data / "post" / "taken").iterdir()), what="taken file discarded")
    assert letter.problem == ""
    assert letter.address_point == "solvik"
    assert letter.subject == made.subject
    assert letter.sender_name == made.person.name
    assert "taket" not in letter.text
    assert made.paragraphs[-1].split()[0] in letter.text
    found = {field["kind"]: field["value"] for field in reversed(letter.facts["fields"])}
    assert made.fields.items() <= found.items()
    assert ["email", made.person.email] in letter.facts["marks"]
    original, searchable, page = office.files_of(letter)
    assert (original.role, original.sha256) == ("original", hashlib.sha256(content).hexdigest())
    assert files.read(original.sha256) == content
    assert made.person.email in pypdfium2.PdfDocument(files.read(searchable.sha256))[0].get_textpage().get_text_range()
    assert page.facts["words"][0][0] == made.person.name.split()[0]
    assert Image.open(io.BytesIO(files.read(page.sha256))).size == (page.facts["width"], page.facts["height"])


async def test_a_batch_is_split_at_its_sheets(town: Store, files: FileStore, tmp_path: Path) -> None:
    stack = [sheet_image("solvik.bygg", "bygg.bygglov", 1), letter_image(4), sheet_image("granby"), letter_image(5)]
    stack += [letter_image(6)]
    content = generate.as_pdf(stack, DPI)
    async with working(town, files, tmp_path) as office:
        office.put("solvik/batch.pdf", content)
        first, second = await office.settled(2)
    assert (first.problem, second.problem) == ("", "")
    assert first.facts["pages"] == [2]
    assert second.facts["pages"] == [4, 5]
    assert second.text.count("Med vänlig hälsning") == 2
    assert first.facts["separator"]["topic"] == "bygg.bygglov"
    units = [office.unit(contact) for contact in (first, second)]
    assert units == ["solvik.bygg", "granby"]
    (own,) = office.files_of(second, "original")
    assert own.facts["of_sha256"] == hashlib.sha256(content).hexdigest()
    with pikepdf.open(io.BytesIO(files.read(own.sha256))) as part:
        assert len(part.pages) == 2
    assert files.read(own.facts["of_sha256"]) == content


async def test_our_number_in_a_letter_suggests_the_case_and_joins_nothing(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    async with working(town, files, tmp_path) as office:
        office.put("solvik/first.pdf", generate.as_pdf([letter_image(7)], DPI))
        (first,) = await office.settled(1)
        number = office.case(first).number
        answer = generate.sample(8, "dpi200", "invoice", number)[1][0].image
        office.put("solvik/second.png", generate.as_image(answer, "PNG", DPI))
        _, second = await office.settled(2)
    assert second.case_id != first.case_id
    assert office.case(second).suggested_case_id == first.case_id
