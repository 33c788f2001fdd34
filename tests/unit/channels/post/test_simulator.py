"""The simulated mail room: files appear as scanners make them appear."""

from pathlib import Path

from channels.post.kinds import looks_whole
from channels.post.sheets import SheetEntry
from channels.post.simulator import MailRoom, write_slowly


async def test_letters_appear_whole_in_the_post_box(tmp_path: Path) -> None:
    room = MailRoom(
        tmp_path, "solvik", seed=3, sheets=[SheetEntry("solvik", "Solvik")], case_numbers=["KC-2026-000001"]
    )
    dropped = await room.scan_many(3, 0)
    assert len({scanned.path for scanned in dropped}) == 3
    for scanned in dropped:
        assert scanned.path.parent == tmp_path / "solvik"
        assert looks_whole(scanned.path)
    assert sorted(path.name for path in (tmp_path / "solvik").iterdir()) == sorted(s.path.name for s in dropped)


async def test_a_slow_scanner_ends_with_the_same_bytes(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10
    path = await write_slowly(tmp_path / "x.pdf", content, seconds=0)
    assert path.read_bytes() == content
