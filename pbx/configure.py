"""Render the configuration that we ship into a folder from which an Asterisk can run."""

import hashlib
import ipaddress
import json
import re
import secrets
import shutil
import socket
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from contactcenter.errors import Misconfigured
from pbx import devices, dialplan, directs, music, prompts
from pbx.plan import Phone, Plan
from pbx.settings import NAME, PhoneSettings

TEMPLATES = files("pbx") / "asterisk"
MARK = re.compile(r"@([a-z_]+)@")
PORT_TRIES = 200
RING_TOGETHER = 10  # fallback telephones; more than these ring one after the other


@dataclass(frozen=True, slots=True)
class Install:
    """Where an Asterisk's program lives: the words that start it, its modules and its data."""

    command: tuple[str, ...]
    modules: Path
    data: Path


@dataclass(frozen=True, slots=True)
class Rendered:
    """A configured run folder. `phone_secrets` maps extension to SIP password; the folder holds them mode 0600."""

    folder: Path
    host: str
    sip_port: int
    ami_host: str
    ami_port: int
    ami_user: str
    ami_secret: str = field(repr=False)
    phone_secrets: dict[str, str] = field(repr=False)
    ws_port: int = 0
    """Where the telephones in browsers speak SIP over WebSocket, on `PhoneSettings.ws_host`."""

    @property
    def main_file(self) -> Path:
        return self.folder / "etc" / "asterisk.conf"


def render(
    folder: Path, plan: Plan, settings: PhoneSettings, install: Install, *, keep_ports: bool = False
) -> Rendered:
    """Write everything an Asterisk needs under `folder` (sounds too) and say on which ports it will listen.

    Ports that are 0 or taken are replaced by free ones, except that a running Asterisk (`keep_ports`) keeps its own.
    Secrets are made once and kept.
    Raises `Misconfigured` for values that cannot be written into Asterisk's files.
    """
    folder = folder.resolve()
    for name in ("etc", "data", "var", "spool/kc", "spool/tapes", "run", "log"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    kept = _secrets(folder, plan, settings)
    sip_port, ami_port, ws_port = _ports(folder, settings, keep_ports)
    rendered = Rendered(
        folder=folder,
        host=settings.host,
        sip_port=sip_port,
        ami_host=settings.ami_host,
        ami_port=ami_port,
        ami_user=settings.ami_user,
        ami_secret=settings.ami_secret.get_secret_value() or kept["ami"],
        phone_secrets={phone.extension: kept[f"phone-{phone.extension}"] for phone in plan.phones},
        ws_port=ws_port,
    )
    _data(folder, install, plan, settings)
    write_configuration(rendered, plan, settings, install.modules)
    return rendered


def load(folder: Path, settings: PhoneSettings) -> Rendered:
    """What an earlier `render` made, for a program beside the exchange (simulated callers).

    Raises `Misconfigured` when nothing has been rendered there.
    """
    folder = folder.resolve()
    try:
        sip_port, ami_port, *others = json.loads((folder / "ports.json").read_text(encoding="utf-8"))
        kept: dict[str, str] = json.loads((folder / "secrets.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise Misconfigured("exchange_not_configured", "no telephone exchange has been started here yet") from cause
    phones = {name.removeprefix("phone-"): secret for name, secret in kept.items() if name.startswith("phone-")}
    secret = settings.ami_secret.get_secret_value() or kept.get("ami", "")
    known = folder, settings.host, sip_port, settings.ami_host, ami_port, settings.ami_user, secret, phones
    return Rendered(*known, ws_port=next(iter(others), 0))


def write_configuration(rendered: Rendered, plan: Plan, settings: PhoneSettings, modules: Path) -> None:
    """The text files alone; the running Asterisk takes them up at `Exchange.reload`."""
    etc = rendered.folder / "etc"
    values = _values(rendered, plan, settings, modules)
    for template in TEMPLATES.iterdir():
        if template.name.endswith(".conf"):
            _write(etc / template.name, _fill(template.read_text(encoding="utf-8"), values))
    ways = settings.country_code, settings.message_line, settings.message_line_number
    _write(etc / "kc-numbers.conf", dialplan.numbers_file(plan, *ways))
    _write(etc / "kc-directory.conf", directs.directory_file(plan, settings))
    _write(etc / "kc-phones.conf", _phones(plan.phones, rendered))


def _data(folder: Path, install: Install, plan: Plan, settings: PhoneSettings) -> None:
    """Sounds and music, and the documentation that Asterisk wants to find beside them."""
    link = folder / "data" / "documentation"
    if not link.is_symlink() and (install.data / "documentation").is_dir():
        link.symlink_to((install.data / "documentation").resolve())
    sounds = folder / "data" / "sounds" / "sv" / "kc"
    _share(sounds, settings.sounds)
    recordings = settings.recordings or folder / "recordings"
    prompts.speak(prompts.sentences(plan.numbers), sounds, settings.prompt_command, recordings)
    for language, texts in prompts.TRANSLATED.items():
        prompts.speak(texts, sounds.parents[1] / language / "kc", settings.prompt_command, None, language)
    prompts.lay(sounds, "beep", "", prompts.BEEP)
    if not (everywhere := sounds.parents[1] / "kc").is_symlink():
        everywhere.symlink_to(Path("sv", "kc"))  # what a language has not is heard in Swedish
    music.compose(folder / "data" / "moh" / "kc")


def _share(sounds: Path, shared: Path | None) -> None:
    """Our sounds lie where the contact centre puts them from another container; what was there before is moved."""
    if shared is None or sounds.is_symlink() or sounds.resolve() == shared.resolve():
        return
    shared.mkdir(parents=True, exist_ok=True)
    sounds.parent.mkdir(parents=True, exist_ok=True)
    if sounds.is_dir():
        shutil.copytree(sounds, shared, dirs_exist_ok=True)
        shutil.rmtree(sounds)
    sounds.symlink_to(shared.resolve())


def _values(rendered: Rendered, plan: Plan, settings: PhoneSettings, modules: Path) -> dict[str, str]:
    folder = rendered.folder
    fallback = settings.fallback_phones or tuple(phone.extension for phone in plan.phones)
    values: dict[str, object] = {
        "etc": folder / "etc", "modules": modules, "var": folder / "var", "data": folder / "data",
        "spool": folder / "spool", "run": folder / "run", "log": folder / "log",
        "host": rendered.host, "sip_port": rendered.sip_port,
        "ami_host": rendered.ami_host, "ami_port": rendered.ami_port, "ami_permit": _permit(rendered.ami_host),
        "ami_user": rendered.ami_user, "ami_secret": rendered.ami_secret,
        "rtp_first": settings.rtp_first, "rtp_last": settings.rtp_last,
        "stale_seconds": settings.stale_seconds, "ring_seconds": settings.ring_seconds,
        "voicemail_seconds": settings.voicemail_seconds,
        "overflow_ring_seconds": settings.overflow_ring_seconds,
        "menu_seconds": settings.menu_seconds, "parked_seconds": settings.parked_seconds,
        "look_seconds": max(1, settings.stale_seconds // 5),
        "fallback_ring_seconds": settings.fallback_ring_seconds, "direct_ring_seconds": settings.direct_ring_seconds,
        "tell_first": settings.tell_first_seconds, "tell_every": settings.tell_every_seconds,
        "fallback_seconds": settings.fallback_ring_seconds * 2,
        "trunk_silence": settings.trunk_silence_seconds, "trunk_trusted": "yes" if settings.trunk_trusted else "no",
        "trunk_uri": settings.trunk_uri, "trunk_user": settings.trunk_user,
        "trunk_auth": "trunk-auth" if settings.trunk_user else "", "name": settings.name,
        "external_address": settings.external_address, "test_secret": _test_secret(rendered),
        "ws_host": settings.ws_host, "ws_port": rendered.ws_port, "web_codecs": _web_codecs(modules),
        "stun": settings.stun, "turn": settings.turn, "turn_user": settings.turn_user,
        "turn_password": settings.turn_password.get_secret_value(),
        "fallback_strategy": "ringall" if len(fallback) <= RING_TOGETHER else "rrmemory",
    }  # fmt: skip
    return {name: _plain(name, str(value)) for name, value in values.items()} | {
        "trunk_matches": "\n".join(f"match = {_plain('trunk_addresses', one)}" for one in settings.trunk_addresses),
        "fallback_members": "\n".join(f"member => PJSIP/{_plain('fallback_phones', phone)}" for phone in fallback),
        "outbound": dialplan.outbound(bool(settings.trunk_uri)),
        "trunk_registration": _registration(settings),
        "local_networks": "\n".join(f"local_net = {_plain('local_networks', one)}" for one in settings.local_networks),
        "ice_candidates": _ice_candidates(rendered.host, settings.external_address),
        "ami_permits": "\n".join(f"permit = {_plain('ami_permit', one)}" for one in settings.ami_permit),
        "ami_over_tls": _ami_over_tls(settings),
        "peers": "\n".join(_peer(name, _plain("peers", address)) for name, address in settings.peers.items()),
    }


def _fill(template: str, values: dict[str, str]) -> str:
    """Lines whose only value is empty go away: `from_user =` is not the same as no `from_user`."""
    lines = []
    for line in template.splitlines():
        filled = MARK.sub(lambda mark: values[mark[1]], line)
        if filled == line or not filled.endswith("= "):
            lines.append(filled)
    return "\n".join(lines) + "\n"


def _plain(name: str, value: str) -> str:
    """Semicolons start comments in Asterisk's files; a line break would start a setting of its own."""
    if any(sign in value for sign in ";\r\n\0"):
        raise Misconfigured(name, f"{name} holds a character that Asterisk's files cannot hold")
    return value


def _permit(host: str) -> str:
    return "127.0.0.1/255.255.255.255" if host.startswith("127.") else f"{host}/255.255.255.255"


def _registration(settings: PhoneSettings) -> str:
    """At operators that know a customer by name and password instead of by address."""
    if not settings.trunk_user:
        return "; The operator knows us by address; no registration."
    password = _plain("trunk_password", settings.trunk_password.get_secret_value())
    server, user = settings.trunk_uri, settings.trunk_user
    domain = server.removeprefix("sip:").removeprefix("sips:")
    return (
        f"[trunk-auth]\ntype = auth\nauth_type = userpass\nusername = {user}\npassword = {password}\n\n"
        f"[trunk-registration]\ntype = registration\ntransport = transport-udp\noutbound_auth = trunk-auth\n"
        f"server_uri = {server}\nclient_uri = sip:{user}@{domain}\nretry_interval = 30\nendpoint = trunk\nline = yes"
    )


def _ami_over_tls(settings: PhoneSettings) -> str:
    """For a contact centre on another machine."""
    if not settings.ami_tls_port:
        return "; No TLS: the contact centre is on this machine."
    if settings.ami_cert_file is None or settings.ami_key_file is None:
        raise Misconfigured("ami_cert_file", "CC_PHONE__AMI_TLS_PORT needs CC_PHONE__AMI_CERT_FILE and …_KEY_FILE")
    certificate, key = (_plain("ami_cert_file", str(one)) for one in (settings.ami_cert_file, settings.ami_key_file))
    return (
        f"tlsenable = yes\ntlsbindaddr = {settings.host}:{settings.ami_tls_port}\ntlscertfile = {certificate}\n"
        f"tlsprivatekey = {key}\ntlscipher = HIGH:!aNULL:!MD5\ntlsdisablev1 = yes\ntlsdisablev11 = yes"
    )


def _test_secret(rendered: Rendered) -> str:
    """Of the test call's endpoint, which only this exchange itself ever uses."""
    return hashlib.sha256(f"test call {rendered.ami_secret}".encode()).hexdigest()[:32]


def _peer(name: str, address: str) -> str:
    """Another exchange of ours. Not qualified: whether it is there is known from its manager interface, at once."""
    if not re.match(NAME, name):
        raise Misconfigured("peers", "a name of an exchange is lower case letters and digits")
    host = re.sub(r"^sips?:", "", address).partition(";")[0].rpartition("@")[2]
    host = host.rpartition(":")[0] or host
    return (
        f"[{name}](peer)\naors = {name}\n\n[{name}]\ntype = aor\ncontact = {address}\nqualify_frequency = 0\n\n"
        f"[{name}]\ntype = identify\nendpoint = {name}\nmatch = {host}\n"
    )


def _web_codecs(modules: Path) -> str:
    """opus alone, where this Asterisk can turn it into what the trunk speaks: beside others Asterisk would take the
    trunk's, which bears a poor network badly. Every browser has it."""
    has_opus = any((modules / name).is_file() for name in ("codec_opus_open_source.so", "codec_opus.so"))
    return "opus" if has_opus else "g722,alaw,ulaw"


def _ice_candidates(host: str, external: str) -> str:
    is_named = external and host and not ipaddress.ip_address(host).is_unspecified
    return f"{host} => {external},include_local_address" if is_named else "; No address translation is configured."


def _phones(phones: tuple[Phone, ...], rendered: Rendered) -> str:
    both = (_phone(p, rendered.phone_secrets[p.extension]) + _web_phone(p, rendered.ami_secret) for p in phones)
    return "; Rendered: the agents' telephones, on the desk and in the browser.\n" + "".join(both)


def _shown(phone: Phone) -> str:
    return re.sub(r'[";<>\\\r\n\0-\x1f]', " ", phone.name)


def _web_phone(phone: Phone, manager_secret: str) -> str:
    ext, name = phone.extension, devices.web(phone.extension)
    return (
        f'\n[{name}](web)\nauth = {name}\naors = {name}\ncallerid = "{_shown(phone)}" <{ext}>\n'
        f"\n[{name}]\ntype = auth\nauth_type = userpass\nusername = {name}\n"
        f"password = {devices.web_password(manager_secret, ext)}\n"
        f"\n[{name}](web-aor)\n"
    )


def _phone(phone: Phone, password: str) -> str:
    ext, name = phone.extension, _shown(phone)
    return (
        f'\n[{ext}](phone)\nauth = {ext}\naors = {ext}\ncallerid = "{name}" <{ext}>\n'
        f"\n[{ext}]\ntype = auth\nauth_type = userpass\nusername = {ext}\npassword = {password}\n"
        f"\n[{ext}](phone-aor)\n"
    )


def _secrets(folder: Path, plan: Plan, settings: PhoneSettings) -> dict[str, str]:
    path = folder / "secrets.json"
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    wanted = {"ami"} if not settings.ami_secret.get_secret_value() else set()
    wanted |= {f"phone-{phone.extension}" for phone in plan.phones}
    kept |= {name: secrets.token_urlsafe(18) for name in sorted(wanted - kept.keys())}
    _write(path, json.dumps(kept, indent=1))
    return kept


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and readable by nobody else: these files hold passwords."""
    scratch = path.with_name(f".{path.name}.new")
    scratch.touch(mode=0o600)
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)


def _ports(folder: Path, settings: PhoneSettings, keep: bool) -> tuple[int, int, int]:
    path = folder / "ports.json"
    kept: list[int] = json.loads(path.read_text(encoding="utf-8")) if keep and path.is_file() else []
    speaks, manages = (settings.host, settings.sip_port), (settings.ami_host, settings.ami_port)
    wished = speaks, manages, (settings.ws_host, settings.ws_port)
    ports = [*kept, *(free_port(host, port) for host, port in wished[len(kept) :])]
    _write(path, json.dumps(ports))
    sip, ami, ws = ports
    return sip, ami, ws


def free_port(host: str, wished: int) -> int:
    """`wished` if TCP and UDP on `host` are free there, else the next that are; 0: any."""
    for port in range(wished, wished + PORT_TRIES) if wished else [0] * PORT_TRIES:
        found = _bindable(host, port)
        if found:
            return found
    raise Misconfigured("ports", f"no free port from {wished} on {host}")


def _bindable(host: str, port: int) -> int:
    with socket.socket(type=socket.SOCK_STREAM) as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        try:
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tcp.bind((host, port))
            udp.bind((host, tcp.getsockname()[1]))
        except OSError:
            return 0
        return int(tcp.getsockname()[1])
