"""Settings of the post channel (`CC_POST__…`)."""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class PostSettings(BaseModel):
    """Where scans come from, how they are read, and what one file may cost."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = True
    """Whether the folder is watched."""
    folder: Path | None = None
    """The scanner's folder; each sub-folder is a post box of its own. Empty: `scan` in the data folder."""
    post_box: str = "post"
    """The post box (address point) of files that lie directly in the folder."""
    poll_seconds: float = Field(default=1.0, gt=0)
    """How often the folder is looked at. Nothing but looking is needed, so network shares do."""
    stable_polls: int = Field(default=2, ge=1)
    """How many looks in a row a file must be unchanged, and open for writing nowhere, before it is taken."""
    patience_seconds: float = Field(default=60, ge=0)
    """How long a file that looks cut off (or empty) may still grow before it is taken as it is."""
    queue_limit: int = Field(default=200, ge=1)
    """How many taken files may wait to be read; further ones stay in the scanner's folder."""
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    """How many pages are read at the same time; one for each processor core is best."""
    language: str = "swe"
    """Tesseract's language for the text."""
    second_language: str = "eng"
    """Tesseract's language for a second look at what the first has no signs for (@ § %); empty: no second look."""
    dpi: int = Field(default=220, ge=100, le=600)
    """Dots per inch that pages are read at; finer ones are made coarser first, which reads faster and no worse."""
    page_dpi: int = Field(default=220, ge=72, le=600)
    """Dots per inch of the page images shown in the console and in the searchable PDF."""
    page_seconds: float = Field(default=60, gt=0)
    """Longest time for one page, or for opening a file; then its process group is killed."""
    bind_seconds: float = Field(default=120, gt=0)
    """Longest time for putting one letter's searchable PDF together."""
    memory_mb: int = Field(default=3000, ge=500)
    """Most address space of one reading process, in MiB."""
    max_file_mb: int = Field(default=500, ge=1)
    """Larger files are not opened; they become a case for a human."""
    max_pages: int = Field(default=1000, ge=1)
    """Files with more pages are not read; they become a case for a human."""
    max_pixels: int = Field(default=120_000_000, ge=1_000_000)
    """Most pixels of one page image."""
    max_side: int = Field(default=30_000, ge=1_000)
    """Most pixels along one side of a page image (Tesseract itself stops at 32,767)."""
    attempts: int = Field(default=5, ge=1)
    """After so many attempts that ended with the program itself dying, a file goes to a human unread."""
    sure: float = Field(default=0.6, ge=0, le=1)
    """Fields found with at least this confidence are used to look for the citizen."""
    print_folder: Path | None = None
    """Where letters that we send are put as PDF, to be printed; empty: `print` in the data folder."""
    print_queue: str = ""
    """Name of a CUPS queue that letters are printed on instead (by the command `lp`)."""
    digital_folder: Path | None = None
    """Where letters for digital mailboxes are put for the operator; empty: there are none."""
    window_left_mm: float = Field(default=112, ge=0, le=200)
    """Where the address stands for the envelope's window, from the left edge of the paper."""
    window_top_mm: float = Field(default=50, ge=20, le=120)
    """The same, from the upper edge to the first line."""
    forwarding_address: list[str] = ["Skatteverket", "Förmedlingsuppdrag", "Box 2820", "403 20  GÖTEBORG"]
    """Where the Tax Agency forwards post to people with a protected identity from."""
