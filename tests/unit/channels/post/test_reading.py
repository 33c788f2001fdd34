"""Reading single pages with the real Tesseract."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from channels.post import generate, reading
from channels.post.binding import bind
from channels.post.generate import LOOKS, Look
from channels.post.reading import PageRead
from channels.post.recognition import Languages
from channels.post.sheets import SheetEntry, drawn_sheet

LANGUAGES = Languages("swe", "eng")


@dataclass
class Read:
    page: PageRead
    text: str
    found: dict[str, str]


def read(image: Image.Image, folder: Path, dpi: int = 200) -> Read:
    page = reading.read_page(image, dpi, 0, folder, LANGUAGES, 220, 220)
    bound = bind(folder, [0], 220, generate.made_letter(1).written)
    return Read(page, bound["text"], {field["kind"]: field["value"] for field in reversed(bound["fields"])})


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_read_upright(turn: int, tmp_path: Path) -> None:
    made = generate.made_letter(3, "homecare")
    (page, *_) = generate.scanned(made, Look(dpi=200, turn=turn, font="sans"), 3)
    seen = read(page.image, tmp_path)
    assert seen.page.turned == turn
    assert (seen.page.width, seen.page.height) == (1654, 2339)
    assert made.person.name in seen.text
    assert seen.found["personal_number"] == made.person.personal_number


@pytest.mark.parametrize("skew", [-3.0, 2.0])
def test_a_skewed_page_is_straightened(skew: float, tmp_path: Path) -> None:
    made = generate.made_letter(4, "invoice")
    (page, *_) = generate.scanned(made, Look(dpi=200, skew=skew), 4)
    seen = read(page.image, tmp_path)
    assert seen.page.skew == pytest.approx(-skew, abs=0.3)
    assert made.fields.items() <= seen.found.items()


@pytest.mark.parametrize("look", ["fax", "stamped", "typewriter", "g4table"])
def test_hard_pages_give_their_fields(look: str, tmp_path: Path) -> None:
    made = generate.made_letter(5, "association", "KC-2026-000777")
    (page, *_) = generate.scanned(made, LOOKS[look], 5)
    seen = read(page.image, tmp_path, LOOKS[look].dpi)
    assert made.fields.items() <= seen.found.items()


def test_signs_that_swedish_lacks_are_read(tmp_path: Path) -> None:
    made = generate.made_letter(6, "document")
    (page, *_) = generate.scanned(made, Look(), 6)
    seen = read(page.image, tmp_path, 300)
    assert "2 kap. 15 § tryckfrihetsförordningen" in " ".join(seen.text.split())
    assert made.person.email in seen.text


def test_an_empty_page_is_blank_and_not_read(tmp_path: Path) -> None:
    seen = reading.read_page(
        Image.effect_noise((1654, 2339), 4).point(lambda level: level + 110), 200, 0, tmp_path, LANGUAGES, 220, 220
    )
    assert seen.blank
    assert seen.words == 0


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "LA", "CMYK", "I;16", "YCbCr"])
def test_every_kind_of_picture_is_read(mode: str, tmp_path: Path) -> None:
    made = generate.made_letter(8, "complaint")
    upper = generate.scanned(made, Look(dpi=150), 8)[0].image.crop((0, 0, 1240, 420))
    image = Image.fromarray(np.asarray(upper).astype(np.uint16) * 250) if mode == "I;16" else upper.convert(mode)
    assert image.mode == mode
    assert made.person.name in read(image, tmp_path, 150).text


HARM: dict[str, Callable[[Image.Image], Image.Image]] = {
    "askew": lambda sheet: sheet.rotate(-6, fillcolor=255),
    "sideways": lambda sheet: sheet.rotate(90, expand=True),
    "noisy": lambda sheet: Image.blend(sheet, Image.effect_noise(sheet.size, 200), 0.3),
    "fax": lambda sheet: sheet.resize((sheet.width, sheet.height // 2)).resize(sheet.size).point(_black_or_white),
    "faded": lambda sheet: sheet.point(lambda level: 170 + level // 4),
}


def _black_or_white(level: int) -> int:
    return 255 if level > 128 else 0


@pytest.mark.parametrize("big_code_lost", [False, True])
@pytest.mark.parametrize("harm", HARM)
def test_a_sheet_is_known_whatever_happened_to_it(harm: str, big_code_lost: bool, tmp_path: Path) -> None:
    sheet = drawn_sheet(SheetEntry("solvik.bygg", "Bygg", "bygg.bygglov", "Bygglov", 2), 200)
    if big_code_lost:
        sheet.paste(255, (400, 900, 1250, 1700))
    seen = reading.read_page(HARM[harm](sheet), 200, 0, tmp_path, LANGUAGES, 220, 220)
    assert seen.separator == {"unit": "solvik.bygg", "topic": "bygg.bygglov", "pages": 2, "problem": ""}
