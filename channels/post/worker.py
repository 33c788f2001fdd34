"""The child process that opens files, reads pages and binds letters. Started by `channels.post.pool`.

It leads a process group of its own, so that it and the tesseract it runs end together; it holds limits on memory
and file size; and it ends with its parent, however that one died. It speaks JSON lines: a request on standard
input, an answer on standard output, one at a time.
"""

import ctypes
import errno
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

from channels.post.binding import bind, extract
from channels.post.reading import read_page
from channels.post.recognition import Languages, check
from channels.post.sources import DAMAGED, Limits, Source, open_source
from contactcenter.errors import ContactCenterError, Refused

PR_SET_PDEATHSIG = 1
LARGEST_OUTPUT = 1 << 30


class Worker:
    """Holds the file opened last, so that its next page costs no new opening."""

    def __init__(self) -> None:
        self._path = ""
        self._source: Source | None = None
        self._verbs: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "check": _check,
            "open": self._open,
            "page": self._page,
            "bind": self._bind,
            "extract": self._extract,
        }

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do what `request["do"]` says (a key of `_verbs`); failures are answers too: `{refused, text}`,
        or `{unavailable, text}` where the same may go well later."""
        try:
            return self._verbs[request["do"]](request)
        except ContactCenterError as error:
            return {"refused": error.code, "text": error.text}
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            return {"unavailable": "disk_full", "text": "the disk is full"}
        except MemoryError:
            return {"refused": "too_much_memory", "text": "the file needs more memory than allowed"}

    def _opened(self, request: dict[str, Any]) -> Source:
        if self._source is not None and self._path == request["path"]:
            return self._source
        self._forget()
        self._source = open_source(Path(request["path"]), Limits(**request["limits"]))
        self._path = request["path"]
        return self._source

    def _forget(self) -> None:
        if self._source is not None:
            self._source.close()
        self._source, self._path = None, ""

    def _open(self, request: dict[str, Any]) -> dict[str, Any]:
        source = self._opened(request)
        return {"kind": source.kind, "pages": source.count}

    def _page(self, request: dict[str, Any]) -> dict[str, Any]:
        picture, dpi = self._opened(request).page(request["index"])
        folder, languages = Path(request["folder"]), Languages(*request["languages"])
        most, page_dpi = request["limits"]["dpi"], request["page_dpi"]
        return asdict(read_page(picture, dpi, request["index"], folder, languages, most, page_dpi))

    def _bind(self, request: dict[str, Any]) -> dict[str, Any]:
        today = date.fromisoformat(request["today"])
        return bind(Path(request["folder"]), request["pages"], request["page_dpi"], today)

    def _extract(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            extract(Path(request["path"]), request["kind"], request["pages"], Path(request["target"]))
        except DAMAGED as error:
            raise Refused("broken_file", "the pages could not be taken out of the file") from error
        return {}


def _check(request: dict[str, Any]) -> dict[str, Any]:
    return {"version": check(Languages(*request["languages"]))}


def serve() -> None:
    """Answer requests until standard input ends."""
    worker = Worker()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not get among the answers
    for line in sys.stdin:
        answers.write(json.dumps(worker.answer(json.loads(line))) + "\n")
        answers.flush()


def limit(memory_mb: int, parent: int) -> None:
    """Bounds for this process and all it starts; and an end together with its parent, whose id is `parent`."""
    memory = memory_mb << 20
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_OUTPUT, LARGEST_OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGTERM, _end_group)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before we asked to be told
        _end_group(signal.SIGTERM, None)


def _end_group(_number: int, _frame: FrameType | None) -> None:
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    limit(int(sys.argv[1]), int(sys.argv[2]))
    serve()
