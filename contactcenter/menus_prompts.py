"""Prompts: recordings in versions, what may be one, and which sound a speech is in a language."""

import array
import hashlib
import io
import re
import sys
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from contactcenter import citizens, journal
from contactcenter.errors import NotFound, Refused
from contactcenter.menus import Speech
from contactcenter.menus_model import Prompt
from contactcenter.menus_words import DEFAULT
from contactcenter.ports import Actor
from contactcenter.states import EventKind

KEY = re.compile(r"^[a-z0-9_-]{1,60}$")
LANGUAGE = re.compile(r"^[a-z]{2}$")
HOW = ("recorded", "uploaded", "telephone")
SHORTEST, LONGEST = 0.3, 180.0
"""Seconds that a recording lasts."""
MOST_BYTES = 36 * 1024 * 1024
SOFTEST = 300
"""A recording whose loudest sample (of 32767) is below this holds nothing that a caller would hear."""


@dataclass(frozen=True, slots=True)
class Sound:
    """One thing to play. The name says what is in it, so one that is being played never changes."""

    name: str
    text: str = ""
    language: str = DEFAULT
    sha256: str = ""
    """Of the recording; empty: the text is spoken."""


Recordings = Mapping[tuple[str, str], str]
"""(key, language) -> SHA-256 of the newest recording."""


def recorded(sha256: str) -> Sound:
    """The sound of a recording."""
    return Sound(f"p-{sha256[:24]}", sha256=sha256)


def spoken(text: str, language: str) -> Sound:
    """The sound of a sentence."""
    mark = hashlib.sha256(f"{language}\0{text}".encode()).hexdigest()
    return Sound(f"p-{mark[:24]}", text=text, language=language)


def sound_of(speech: Speech, language: str, recordings: Recordings) -> Sound | None:
    """What a caller hears: in their language a recording, else its text; then the same in the default one."""
    for one in (language, DEFAULT):
        if sha256 := recordings.get((speech.recording, one), ""):
            return recorded(sha256)
        if text := speech.text.get(one, "").strip():
            return spoken(text, one)
    text = next((text for text in speech.text.values() if text.strip()), "")
    return spoken(text, language) if text else None


def newest(session: Session, municipality_id: int) -> dict[tuple[str, str], str]:
    """Every prompt's newest recording."""
    rows = session.exec(select(Prompt).where(Prompt.organisation_id == municipality_id).order_by(col(Prompt.number)))
    found = {(row.key, row.language): row.sha256 for row in rows.all()}
    return {name: sha256 for name, sha256 in found.items() if sha256}


def languages_of(recordings: Recordings) -> dict[str, frozenset[str]]:
    """Key -> languages in which it is recorded."""
    keys = {key for key, _ in recordings}
    return {key: frozenset(language for one, language in recordings if one == key) for key in keys}


def seconds_of(data: bytes) -> float:
    """How long a WAV file lasts. Raises Refused, saying what is wrong with it, for what cannot be played to callers."""
    if len(data) > MOST_BYTES:
        raise Refused("sound_long", "the file is too large")
    try:
        with wave.open(io.BytesIO(data)) as sound:
            channels, width, rate, frames = sound.getparams()[:4]
            samples = sound.readframes(frames)
    except (wave.Error, EOFError, ValueError, RuntimeError) as error:
        raise Refused("sound_format", "this is not a WAV file that can be read") from error
    if width != 2 or channels not in (1, 2) or not 8000 <= rate <= 48000:
        raise Refused("sound_format", "16 bits, one or two channels, 8 to 48 kHz")
    seconds: float = len(samples) / (width * channels * rate)
    if not SHORTEST <= seconds <= LONGEST:
        raise Refused("sound_long", f"a prompt lasts {SHORTEST:g} to {LONGEST:g} seconds")
    if _loudest(samples) < SOFTEST:
        raise Refused("sound_silent", "nothing can be heard in it")
    return seconds


def _loudest(samples: bytes) -> int:
    values = array.array("h", samples[: len(samples) // 2 * 2])
    if sys.byteorder == "big":
        values.byteswap()
    return max((abs(value) for value in values), default=0)


def add(
    session: Session, actor: Actor, key: str, language: str, sha256: str, seconds: float, how: str, now: datetime
) -> int:
    """A new version of a prompt, in force for the next call. Returns its number."""
    _administrator(actor)
    if not KEY.match(key) or not LANGUAGE.match(language) or how not in HOW:
        raise Refused("prompt_key", "a prompt's key has small letters, digits and dashes")
    municipality = citizens.municipality_of(session, actor.organisation_id)
    last = session.exec(
        select(func.max(Prompt.number)).where(
            Prompt.organisation_id == municipality, Prompt.key == key, Prompt.language == language
        )
    ).one()
    row = Prompt(
        organisation_id=municipality, key=key, language=language, number=(last or 0) + 1, sha256=sha256,
        seconds=seconds, how=how, made_at=now, made_by_id=actor.user_id,
    )  # fmt: skip
    session.add(row)
    journal.record(
        session, EventKind.CONFIGURATION_CHANGED, at=now, organisation_id=municipality, user_id=actor.user_id,
        kinds=["prompt"],
    )  # fmt: skip
    return row.number


def restore(session: Session, actor: Actor, prompt_id: int, now: datetime) -> int:
    """An older version becomes the newest."""
    old = one(session, actor, prompt_id)
    return add(session, actor, old.key, old.language, old.sha256, old.seconds, old.how, now)


def silence(session: Session, actor: Actor, prompt_id: int, now: datetime) -> int:
    """No recording any more: the text is spoken. The versions are kept."""
    old = one(session, actor, prompt_id)
    return add(session, actor, old.key, old.language, "", 0.0, old.how, now)


def one(session: Session, actor: Actor, prompt_id: int) -> Prompt:
    """A version of a prompt of the actor's municipality. Raises NotFound."""
    _administrator(actor)
    row = session.get(Prompt, prompt_id)
    if row is None or row.organisation_id != citizens.municipality_of(session, actor.organisation_id):
        raise NotFound("no_such_prompt")
    return row


def every(session: Session, actor: Actor) -> list[Prompt]:
    """All versions, the newest of each prompt first."""
    _administrator(actor)
    municipality = citizens.municipality_of(session, actor.organisation_id)
    order = (col(Prompt.key), col(Prompt.language), col(Prompt.number).desc())
    return list(session.exec(select(Prompt).where(Prompt.organisation_id == municipality).order_by(*order)).all())


def _administrator(actor: Actor) -> None:
    if not actor.is_administrator:
        raise Refused("not_allowed", "this is for administrators")
