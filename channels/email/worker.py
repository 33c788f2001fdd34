"""The child process that reads mails: `python -m channels.email.worker MEMORY_MB [SMIME]`. Frames on standard
input and output; SMIME are the settings of S/MIME as JSON: names of files, no keys.

A frame is four bytes of length, big-endian, then MessagePack. It gets (raw, mail_from, recipients) and gives the fields
of a Parsed, or {"problem": code}. The first frame is the installation's secret, and an
empty one answers it.
"""

import ctypes
import os
import resource
import signal
import struct
import sys
from typing import BinaryIO

import msgspec

from channels.email import message
from channels.email.smime import keys
from channels.email.smime.settings import SmimeSettings
from contactcenter import tokens

PR_SET_PDEATHSIG = 1
LENGTH = struct.Struct(">I")


class Work(msgspec.Struct):
    """One mail to read."""

    raw: bytes
    mail_from: str
    recipients: list[str]


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame, or None at the end."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return stream.read(LENGTH.unpack(head)[0])


def write_frame(stream: BinaryIO, data: bytes) -> None:
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def read_mail(work: Work, own: keys.Keyring = message.NO_KEYS) -> bytes:
    """The answer to one mail, whatever is in it."""
    try:
        return msgspec.msgpack.encode(message.parse(work.raw, work.mail_from, work.recipients, own))
    except message.TooMuch as error:
        return msgspec.msgpack.encode({"problem": str(error)})
    except RecursionError:
        return msgspec.msgpack.encode({"problem": "nested_too_deep"})
    except MemoryError:
        return msgspec.msgpack.encode({"problem": "too_much_memory"})
    except Exception as error:  # noqa: BLE001 (hostile input; the reason is kept by kind)
        return msgspec.msgpack.encode({"problem": f"unreadable_{type(error).__name__.lower()}"})


def main() -> None:
    memory = int(sys.argv[1]) << 20
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # no reader outlives the one who asked
    source, target = sys.stdin.buffer, sys.stdout.buffer
    secret = read_frame(source)
    if secret is None:
        return
    tokens.use_secret(secret)
    own = keys.load(SmimeSettings.model_validate_json(sys.argv[2])) if len(sys.argv) > 2 else message.NO_KEYS
    write_frame(target, b"")  # ready
    while (frame := read_frame(source)) is not None:
        write_frame(target, read_mail(msgspec.msgpack.decode(frame, type=Work), own))


if __name__ == "__main__":
    main()
