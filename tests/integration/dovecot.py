"""A real IMAP server (Dovecot) on loopback, with one mailbox, by password or by token."""

import getpass
import imaplib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.integration.slapd import certificates
from tests.support import free_port, wait_until

USER = "bygg@solvik.example"
PASSWORD = "en hemlighet"

_SETTINGS = """base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain {mechanisms}
{own}
first_valid_uid = 0
first_valid_gid = 0
mail_location = maildir:{folder}/mail
{told}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = passwd-file
  mechanisms = plain
  args = {folder}/users
}}
{tokens}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}
}}
"""


class Dovecot:
    """Where it is, and what lies in it."""

    def __init__(
        self, folder: Path, ports: tuple[int, int], certificate: Path, process: "subprocess.Popen[bytes]"
    ) -> None:
        self.folder, self.certificate, self.process = folder, certificate, process
        self.port, self.tls_port = ports

    def client(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port)
        client.login(USER, PASSWORD)
        return client

    def put(self, raw: bytes, folder: str = "INBOX") -> None:
        """A mail is delivered."""
        client = self.client()
        client.append(folder, "", "", raw)
        client.logout()

    def count(self, folder: str = "INBOX") -> int:
        """Mails in a folder; -1: there is no such folder."""
        client = self.client()
        code, told = client.select(f'"{folder}"', readonly=True)
        client.logout()
        return int(told[0] or b"0") if code == "OK" else -1

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


@contextmanager
def open_folder() -> Iterator[Path]:
    """Dovecot's helpers run as users of their own, who may not see into pytest's folders."""
    folder = Path(tempfile.mkdtemp(prefix="kc-imap-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(folder: Path, port: int = 0, capabilities: str = "", token_url: str = "") -> Iterator[Dovecot]:
    """Until left. `capabilities`: what it says it can, when not all. Raises FileNotFoundError without the program."""
    program = shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        raise FileNotFoundError("dovecot")
    port, tls_port = port or free_port(), free_port()
    for name in ("run", "mail", "state"):
        (folder / name).mkdir(exist_ok=True)
    keeper = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())  # root may keep no mail
    os.chown(folder / "mail", keeper.pw_uid, keeper.pw_gid)
    certificate, key = certificates(folder)
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    oauth = folder / "oauth.conf"
    oauth.write_text(f"tokeninfo_url = {token_url}?token=\nusername_attribute = email\n")
    tokens = f"passdb {{\n driver = oauth2\n mechanisms = xoauth2\n args = {oauth}\n}}" if token_url else ""
    told = f"imap_capability = {capabilities}" if capabilities else ""
    # As root it wants the users that its package made; as anybody else it can only be that one.
    names = ("default_login_user", "default_internal_user", "default_internal_group")
    own = "" if os.getuid() == 0 else "\n".join(f"{name} = {getpass.getuser()}" for name in names)
    settings = _SETTINGS.format(
        folder=folder, certificate=certificate, key=key, mechanisms="xoauth2" if token_url else "", own=own, told=told,
        port=port, tls_port=tls_port, tokens=tokens, uid=keeper.pw_uid, gid=keeper.pw_gid,
    )  # fmt: skip
    (folder / "dovecot.conf").write_text(settings)
    process = subprocess.Popen([program, "-F", "-c", str(folder / "dovecot.conf")], stderr=subprocess.DEVNULL)
    server = Dovecot(folder, (port, tls_port), certificate, process)
    try:
        wait_until(lambda: _answers(server), 20, "Dovecot answers")
        yield server
    finally:
        with suppress(ProcessLookupError):
            server.stop()


def _answers(server: Dovecot) -> bool:
    if server.process.poll() is not None:
        raise ChildProcessError((server.folder / "log").read_text(errors="replace")[-2000:])
    with suppress(OSError, imaplib.IMAP4.error):
        return server.count() >= 0
    return False
