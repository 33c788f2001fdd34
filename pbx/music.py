"""Music for those who wait: slow chords of plucked strings, made here, so that nobody holds a right in them."""

from pathlib import Path

from pbx.prompts import run

CHORDS = (
    ("A2", "E3", "A3", "C#4", "E4"),
    ("F#2", "C#3", "F#3", "A3", "C#4"),
    ("D3", "A3", "D4", "F#4", "A4"),
    ("E3", "B3", "E4", "G#3", "B4"),
)
BAR_SECONDS = 6
STRUM_SECONDS = 0.45


def compose(folder: Path) -> None:
    """Make `calm.wav` and `calm.wav16` in `folder` unless some music is there already (then it is yours: kept)."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.glob("*.wav*")):
        return
    bars = [_bar(folder / f".bar{n}.wav", chord) for n, chord in enumerate(CHORDS)]
    whole = folder / ".whole.wav"
    run(("sox", *map(str, bars * 3), str(whole), "reverb", "60", "gain", "-n", "-14"))
    for rate, ending in ((8000, "wav"), (16000, "wav16")):
        part = folder / f".{ending}.wav"
        run(("sox", str(whole), "-r", str(rate), "-c", "1", "-b", "16", str(part), "lowpass", "2400"))
        part.rename(folder / f"calm.{ending}")
    for scratch in (*bars, whole):
        scratch.unlink()


def _bar(file: Path, chord: tuple[str, ...]) -> Path:
    notes = [word for note in chord for word in ("pluck", note)]
    delays = [f"{n * STRUM_SECONDS:.2f}" for n in range(len(chord))]
    run(
        (
            *("sox", "-n", "-r", "16000", "-c", str(len(chord)), str(file)),
            *("synth", str(BAR_SECONDS), *notes, "delay", *delays),
            *("remix", "-", "trim", "0", str(BAR_SECONDS), "fade", "0.05", str(BAR_SECONDS), "1.5", "gain", "-n", "-6"),
        )
    )
    return file
