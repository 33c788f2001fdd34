"""What callers hear: sentences spoken by a speech synthesiser, or recordings of the same name in their place."""

import hashlib
import logging
import shutil
import subprocess
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from contactcenter.errors import Misconfigured
from pbx.plan import Number

log = logging.getLogger(__name__)

COMMON = {
    "taped": "Samtalet spelas in.",
    "wait": "Du står nu i kö. Vi svarar så snart vi kan.",
    "invalid": "Det valet finns inte.",
    "goodbye": "Tack för att du ringde. Hej då.",
    "not-reached": "Samtalet kunde inte kopplas.",
    "take": "Samtal från kontaktcenter. Tryck ett för att ta emot det.",
    "test-call": "Det här är ett provsamtal. Efter signalen hör du det du säger.",
    "voicemail": "Lämna ett meddelande efter signalen. Säg vem du är och vad det gäller. Avsluta med fyrkant.",
    "voicemail-kept": "Tack. Vi har tagit emot ditt meddelande och ringer upp dig. Hej då.",
    "alone": "Just nu kan ingen svara. Tryck ett så ringer vi upp dig. Tryck två för att lämna ett meddelande. "
    "Du kan också vänta kvar.",
    "wish-kept": "Tack. Vi ringer upp dig så snart vi kan. Hej då.",
    "opens": "Vi öppnar igen",
    "today": "i dag",
    "tomorrow": "i morgon",
    "clock": "klockan",
}
WEEKDAYS = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
TRANSLATED = {
    "en": {
        "wait": "You are now in the queue. We will answer as soon as we can.",
        "taped": "This call is being recorded.",
        "invalid": "That choice does not exist.",
        "goodbye": "Thank you for calling. Goodbye.",
    },
    "fi": {
        "wait": "Olet nyt jonossa. Vastaamme niin pian kuin voimme.",
        "taped": "Tämä puhelu tallennetaan.",
        "invalid": "Valintaa ei ole.",
        "goodbye": "Kiitos soitostasi. Hei hei.",
    },
}
"""The same prompts for callers who have chosen a language; what is missing is heard in Swedish."""
BEEP = ("sox", "-n", "-r", "16000", "{file}", "synth", "0.25", "sine", "880")
"""Makes the tone after which somebody speaks."""
MINUTES = (15, 30, 45)
TIMEOUT = 30


def sentences(numbers: Iterable[Number]) -> dict[str, str]:
    """Every prompt by name. The names are those of the recordings that may replace them."""
    texts = dict(COMMON)
    texts |= {f"day-{n}": f"på {word}" for n, word in enumerate(WEEKDAYS)}
    texts |= {f"hour-{n:02d}": str(n) for n in range(24)}
    texts |= {f"minute-{n}": f"och {n}" for n in MINUTES}
    for number in numbers:
        texts[f"greeting-{number.point}"] = number.greeting or f"Välkommen till {number.name}."
        texts[f"closed-{number.point}"] = f"Välkommen till {number.name}. Vi har stängt just nu."
        if number.choices:
            texts[f"menu-{number.point}"] = " ".join(f"För {c.spoken}, tryck {c.key}." for c in number.choices)
    return texts


def opens_prompts(opening: datetime | None, now: datetime, timezone: str) -> str:
    """The prompts that say when we open, as Playback takes them; empty when it is unknown or weeks away."""
    if opening is None:
        return ""
    zone = ZoneInfo(timezone)
    local, today = opening.astimezone(zone), now.astimezone(zone).date()
    ahead = local.date() - today
    if ahead < timedelta(0) or ahead > timedelta(days=6) or local.minute not in (0, *MINUTES):
        return ""
    day = {0: "today", 1: "tomorrow"}.get(ahead.days, f"day-{local.weekday()}")
    minute = [f"minute-{local.minute}"] if local.minute else []
    return "&".join(f"kc/{name}" for name in ("opens", day, "clock", f"hour-{local.hour:02d}", *minute))


def speak(
    texts: dict[str, str], folder: Path, command: tuple[str, ...], recordings: Path | None, language: str = "sv"
) -> None:
    """Make `folder/NAME.wav` (8 kHz) and `NAME.wav16` (16 kHz) for every sentence, anew only where the text changed.

    Raises `Misconfigured` when the synthesiser or sox is missing.
    """
    for name, text in texts.items():
        lay(folder, name, text, in_language(command, language), _recording(recordings, name))


def in_language(command: tuple[str, ...], language: str) -> tuple[str, ...]:
    """The synthesiser's command for one language; one without `{language}` speaks all alike."""
    return tuple(word.replace("{language}", language) for word in command)


def _recording(recordings: Path | None, name: str) -> Path | None:
    path = recordings / f"{name}.wav" if recordings else None
    return path if path and path.is_file() else None


def lay(folder: Path, name: str, text: str, command: tuple[str, ...], recording: Path | None = None) -> None:
    """Make one prompt, from a recording or by speaking the text, unless it is there. Each file appears whole.

    Raises `Misconfigured`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / f".{name}.made"
    made_of = _fingerprint(text, command, recording)
    if mark.is_file() and mark.read_text(encoding="ascii") == made_of and (folder / f"{name}.wav16").is_file():
        return
    source = recording or _spoken(folder, name, text, command)
    convert(source, folder / f"{name}.wav", 8000)
    convert(source, folder / f"{name}.wav16", 16000)
    if not recording:
        source.unlink()
    mark.write_text(made_of, encoding="ascii")
    log.debug("action=prompt_made name=%s recording=%s", name, bool(recording))


def _fingerprint(text: str, command: tuple[str, ...], recording: Path | None) -> str:
    content = recording.read_bytes() if recording else "\0".join((text, *command)).encode()
    return hashlib.sha256(content).hexdigest()


def _spoken(folder: Path, name: str, text: str, command: tuple[str, ...]) -> Path:
    file = folder / f".{name}.spoken.wav"
    run(tuple(word.replace("{file}", str(file)).replace("{text}", text) for word in command))
    if not file.is_file():
        raise Misconfigured("prompt_command", f"{command[0]} made no sound file; see CC_PHONE__PROMPT_COMMAND")
    return file


def convert(source: Path, target: Path, rate: int) -> None:
    """One channel, 16 bit, a little below full level so that no codec clips."""
    scratch = target.with_name(f".{target.name}.part.wav")
    run(("sox", "-G", "-t", "wav", str(source), "-r", str(rate), "-c", "1", "-b", "16", str(scratch), "norm", "-3"))
    shutil.move(scratch, target)


def run(command: tuple[str, ...]) -> None:
    """Run a sound tool; its failure is a setting that is wrong or a package that is missing."""
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT)
    except FileNotFoundError as cause:
        text = f"{command[0]} is missing: apt install espeak-ng sox"
        raise Misconfigured("sound_tool_missing", text) from cause
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as cause:
        raise Misconfigured("sound_tool_failed", f"{command[0]} could not make a prompt") from cause
