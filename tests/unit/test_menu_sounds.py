"""Sounds for callers: made once, named by what is in them, taken away when nobody wants them."""

import io
import os
import time
import wave
from pathlib import Path

import pytest

from channels.phone import menu_sounds
from channels.phone.menu_sounds import Shelf
from contactcenter.errors import Refused
from contactcenter.files import FileStore
from contactcenter.menus_prompts import recorded, spoken
from pbx import configure

FAST = ("espeak-ng", "-v", "{language}", "-s", "450", "-w", "{file}", "{text}")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "kc", FileStore(tmp_path / "files"), FAST)


def rates(shelf: Shelf, name: str) -> list[int]:
    found = []
    for suffix in ("wav", "wav16"):
        with wave.open(str(shelf.folder / f"{name}.{suffix}")) as sound:
            assert sound.getparams()[:2] == (1, 2)
            found.append(sound.getframerate())
    return found


def tone(rate: int, channels: int) -> bytes:
    kept = io.BytesIO()
    with wave.open(kept, "wb") as out:
        out.setparams((channels, 2, rate, 0, "NONE", ""))
        out.writeframes(b"\x00\x20\x00\xe0" * rate)
    return kept.getvalue()


async def test_a_sentence_is_spoken_in_both_rates(shelf: Shelf) -> None:
    sound = spoken("Vi öppnar igen i morgon klockan 8.", "sv")
    assert await shelf.have([sound]) == [f"kc/{sound.name}"]
    assert rates(shelf, sound.name) == [8000, 16000]


async def test_the_same_words_in_another_language_are_another_sound(shelf: Shelf) -> None:
    names = await shelf.have([spoken("Alma 8", "sv"), spoken("Alma 8", "en")])
    assert len(set(names)) == 2


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (48000, 2), (44100, 1)])
async def test_a_recording_of_any_rate_becomes_what_the_exchange_plays(
    shelf: Shelf, tmp_path: Path, rate: int, channels: int
) -> None:
    sha256, _ = FileStore(tmp_path / "files").put(tone(rate, channels))
    await shelf.have([recorded(sha256)])
    assert rates(shelf, recorded(sha256).name) == [8000, 16000]


async def test_what_cannot_be_made_is_left_out_for_callers_and_told_to_administrators(
    shelf: Shelf, tmp_path: Path
) -> None:
    broken = Shelf(tmp_path / "kc", FileStore(tmp_path / "files"), ("false", "{file}", "{text}"))
    good = spoken("Hej.", "sv")
    await shelf.have([good])
    assert await broken.have([spoken("Nej.", "sv"), recorded("a" * 64)]) == []
    with pytest.raises(Refused) as refused:
        await broken.make(spoken("Nej.", "sv"))
    assert refused.value.code == "prompt_not_made"
    assert not list(shelf.folder.glob(".*.part.wav"))


async def test_nothing_half_made_is_ever_under_a_name(shelf: Shelf) -> None:
    sound = spoken("En mening.", "sv")
    await shelf.have([sound])
    before = (shelf.folder / f"{sound.name}.wav").read_bytes()
    await Shelf(shelf.folder, FileStore(shelf.folder / "f"), FAST).have([sound])
    assert (shelf.folder / f"{sound.name}.wav").read_bytes() == before


async def test_what_nobody_has_wanted_for_long_is_taken_away(shelf: Shelf) -> None:
    old, new = spoken("Gammal.", "sv"), spoken("Ny.", "sv")
    await shelf.have([old, new])
    long_ago = time.time() - menu_sounds.KEPT_SECONDS - 60
    for file in shelf.folder.glob(f"{old.name}*"):
        os.utime(file, (long_ago, long_ago))
    assert shelf.clear() == 0  # wanted by this process
    fresh = Shelf(shelf.folder, FileStore(shelf.folder / "f"), FAST)
    assert fresh.clear() == 3
    assert {file.name.split(".")[0] for file in shelf.folder.glob("p-*")} == {new.name}
    await fresh.have([old])
    assert rates(fresh, old.name) == [8000, 16000]


def test_an_exchange_in_another_container_plays_from_the_folder_that_both_see(tmp_path: Path) -> None:
    sounds, shared = tmp_path / "data" / "sounds" / "sv" / "kc", tmp_path / "shared"
    sounds.mkdir(parents=True)
    (sounds / "wait.wav").write_bytes(b"old")
    for _ in range(2):
        configure._share(sounds, shared)
    (shared / "p-1.wav").write_bytes(b"new")
    assert {file.name: file.read_bytes() for file in sounds.iterdir()} == {"wait.wav": b"old", "p-1.wav": b"new"}
    configure._share(tmp_path / "own", None)
    assert not (tmp_path / "own").exists()
