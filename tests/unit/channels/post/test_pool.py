"""The reading processes: limits that are kept, and a pool that goes on after each."""

import errno
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from channels.post import generate, worker
from channels.post.pool import Pool
from contactcenter.errors import Refused

LIMITS = {"bytes": 1 << 30, "pages": 10, "pixels": 120_000_000, "side": 30_000, "dpi": 200}


def opening(path: Path, **limits: int) -> dict[str, Any]:
    return {"do": "open", "path": str(path), "limits": LIMITS | limits}


async def refusal(pool: Pool, request: dict[str, Any], seconds: float = 30) -> str:
    with pytest.raises(Refused) as caught:
        await pool.ask(request, seconds)
    return caught.value.code


async def test_limits_are_kept_and_the_next_file_is_read(tmp_path: Path) -> None:
    good, wide = tmp_path / "good.tif", tmp_path / "wide.tif"
    small = Image.new("L", (200, 200), 255)
    good.write_bytes(generate.as_tiff([small] * 3))
    wide.write_bytes(generate.as_tiff([Image.new("1", (30_001, 10))]))
    async with Pool(1, 3000, str(tmp_path)) as pool:
        assert await refusal(pool, opening(good, pages=2)) == "too_many_pages"
        assert await refusal(pool, opening(good, pixels=30_000)) == "image_too_large"
        assert await refusal(pool, opening(good, bytes=10)) == "file_too_large"
        assert await refusal(pool, opening(wide)) == "image_too_large"
        assert await refusal(pool, opening(good), 0.0) == "open_timeout"
        assert await pool.ask(opening(good), 30) == {"kind": "tiff", "pages": 3}


def test_a_full_disk_is_no_fault_of_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(worker, "bind", full)
    request = {"do": "bind", "folder": str(tmp_path), "pages": [0], "page_dpi": 200, "today": "2026-11-23"}
    assert worker.Worker().answer(request)["unavailable"] == "disk_full"


async def test_a_page_that_needs_too_much_memory_is_refused_and_the_pool_goes_on(tmp_path: Path) -> None:
    large, good = tmp_path / "large.png", tmp_path / "good.png"
    large.write_bytes(generate.as_image(Image.new("L", (16_000, 16_000), 255), "PNG"))
    good.write_bytes(generate.as_image(Image.new("L", (200, 200), 255), "PNG"))
    page = {"do": "page", "path": str(large), "limits": LIMITS | {"pixels": 10**9}, "index": 0, "folder": str(tmp_path)}
    async with Pool(1, 700, str(tmp_path)) as pool:
        code = await refusal(pool, page | {"languages": ["swe", ""], "page_dpi": 100})
        assert code in ("too_much_memory", "page_crashed", "broken_page")
        assert (await pool.ask(opening(good), 30))["pages"] == 1
