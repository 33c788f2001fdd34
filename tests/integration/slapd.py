"""A real directory server (OpenLDAP's slapd) on loopback, with certificates of its own."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support import free_port, wait_until

BASE = "dc=solvik,dc=example"
ADMIN = f"cn=admin,{BASE}"
PASSWORD = "en hemlighet med mellanslag"
SCHEMAS = ("core", "cosine", "inetorgperson")


def certificates(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """(certificate, key) for `name` and 127.0.0.1, signed by itself."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
         "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


class Slapd:
    """Where it is, and how its people change."""

    def __init__(self, folder: Path, port: int, tls_port: int, cert: Path) -> None:
        self.folder, self.port, self.tls_port, self.cert = folder, port, tls_port, cert

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"ldaps://127.0.0.1:{self.tls_port}"

    def change(self, ldif: str, *words: str) -> None:
        secret = self.folder / "admin.secret"
        secret.write_text(PASSWORD)
        subprocess.run(
            ["ldapmodify", "-x", "-H", self.url, "-D", ADMIN, "-y", str(secret), *words], input=ldif.encode(),
            check=True, capture_output=True,
        )  # fmt: skip

    def add(self, ldif: str) -> None:
        self.change(ldif, "-a")


@contextmanager
def running(folder: Path) -> Iterator[Slapd]:
    """Until left. Raises FileNotFoundError without the program."""
    program = shutil.which("slapd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        raise FileNotFoundError("slapd")
    (folder / "db").mkdir()
    cert, key = certificates(folder)
    schemas = "\n".join(f"include /etc/ldap/schema/{name}.schema" for name in SCHEMAS)
    (folder / "slapd.conf").write_text(
        f"{schemas}\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile {folder}/pid\n"
        f"TLSCertificateFile {cert}\nTLSCertificateKeyFile {key}\nsizelimit size.soft=50 size.hard=5000 size.pr=5000\n"
        f'database mdb\nsuffix "{BASE}"\nrootdn "{ADMIN}"\nrootpw "{PASSWORD}"\ndirectory {folder}/db\n'
    )
    made = Slapd(folder, free_port(), free_port(), cert)
    child = subprocess.Popen(
        [program, "-d", "0", "-f", str(folder / "slapd.conf"), "-h", f"{made.url} {made.tls_url}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_until(lambda: _answers(made), 15, "slapd")
        made.add(f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Solvik\ndc: solvik\n")
        yield made
    finally:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(10)
        child.kill()


def _answers(made: Slapd) -> bool:
    done = subprocess.run(
        ["ldapsearch", "-x", "-H", made.url, "-b", "", "-s", "base"], capture_output=True, check=False
    )
    return done.returncode == 0
