"""Addresses in a mail's HTML, read as a browser reads them (WHATWG URL), so that what is shown is where it leads."""

import re
from urllib.parse import quote, unquote, urlsplit

LONGEST = 4_000
_WEB = re.compile(r"(https?):[/\\]*", re.IGNORECASE)
_BARE = re.compile(r"[/\\]{2}")
_IGNORED = re.compile(r"[\t\n\r]")
_EDGES = "".join(map(chr, range(0x21)))
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_.])?|[0-9a-f:.]{2,45}")
_RASTER = re.compile(r"data:image/(?:png|gif|jpe?g|webp|bmp|avif);base64,[a-z0-9+/=%\s]+", re.IGNORECASE)
_NUL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UNSAFE = re.compile(r"[\s\"'<>`^{|}]")
_MENTIONED = re.compile(r"(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}\b")


def plain(value: str) -> str:
    """An address without what browsers leave out of it."""
    return _IGNORED.sub("", value.strip(_EDGES))


def web(value: str) -> tuple[str, str] | None:
    """(address, host) of an http or https address, the host as the DNS spells it (punycode); None for any other."""
    url = plain(value)
    if len(url) > LONGEST or _NUL.search(url):
        return None
    if _BARE.match(url):
        url = f"https:{url}"
    found = _WEB.match(url)
    if not found:
        return None
    authority, rest = _divided(url[found.end() :])
    name, port = _host(authority.rpartition("@")[2])
    if not name:
        return None
    shown = f"[{name}]" if ":" in name else name
    return f"{found[1].lower()}://{shown}{port}{_UNSAFE.sub(lambda one: quote(one[0]), rest)}", name


def _divided(text: str) -> tuple[str, str]:
    end = re.search(r"[/\\?#]", text)
    if not end:
        return text, "/"
    path, mark, query = _split_query(text[end.start() :])
    path = path.replace("\\", "/")
    return text[: end.start()], (path or "/") + mark + query


def _split_query(text: str) -> tuple[str, str, str]:
    end = re.search(r"[?#]", text)
    return (text, "", "") if not end else (text[: end.start()], end[0], text[end.end() :])


def _host(authority: str) -> tuple[str, str]:
    try:
        parts = urlsplit(f"//{unquote(authority)}")
        name, port = parts.hostname or "", parts.port
        name = name if name.isascii() else name.encode("idna").decode()
    except (ValueError, UnicodeError):
        return "", ""
    name = name.lower()
    return (name, f":{port}" if port is not None else "") if _HOST.fullmatch(name) else ("", "")


def other(value: str) -> str | None:
    """A mail address or telephone number that may be followed, else None."""
    url = plain(value)
    return url if len(url) <= LONGEST and not _NUL.search(url) and _OTHER.fullmatch(url) else None


_OTHER = re.compile(r"(?:mailto:[^\s<>\"'`\\]{0,2000}|tel:[-+0-9().; a-z=%#*]{1,60})", re.IGNORECASE)


def picture(value: str) -> str | None:
    """A `data:` address of a raster image, else None. (SVG is a document.)"""
    url = value.strip(_EDGES)
    return re.sub(r"\s", "", url) if _RASTER.fullmatch(url) else None


def host_of(value: str) -> str:
    """The host alone, or empty."""
    found = web(value)
    return found[1] if found else ""


def says_another(text: str, host: str) -> bool:
    """Whether a link's text names a host, and not the one that it leads to (nor one over or under it)."""
    told = {_ascii(found[0].lower()) for found in _MENTIONED.finditer(text[:2_000]) if "@" not in text[:2_000]}
    return bool(told) and not any(_related(name, host) for name in told)


def _related(name: str, host: str) -> bool:
    name, host = name.removeprefix("www."), host.removeprefix("www.")
    return name == host or name.endswith(f".{host}") or host.endswith(f".{name}")


def _ascii(name: str) -> str:
    try:
        return name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return name
