"""A mail's HTML as a page of its own, for a frame that can do nothing: no script, no form, no origin, no load.

What `channels.email.markup.safe` gave is put into a document with its own policy. Images that came with the mail are
put into it as `data:`; images from elsewhere only when somebody consented to the sender (decision 0093).
"""

import base64
import re
from html import escape

from contactcenter.files import FileStore
from contactcenter.model import FileRecord

_BASE = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src {images}; "
    "style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
POLICY = _BASE.format(images="data:")
POLICY_WITH_IMAGES = _BASE.format(images="data: https:")
RASTER = {
    "image/png": b"\x89PNG", "image/gif": b"GIF8", "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF",
    "image/bmp": b"BM", "image/jpg": b"\xff\xd8\xff",
}  # fmt: skip
"""Types that may be shown inline, and how such files begin. (SVG is a document, not a picture.)"""
MOST_BYTES = 10 * 1024 * 1024
"""Of inline images in one page."""
_COLOURED = re.compile(r'<[^<>]* (?:bgcolor|color)="|<[^<>]* style="[^"]*(?:color|background|border)')
_CID = re.compile(r' src="cid:([^"]{1,500})"', re.IGNORECASE)
_REMOTE = re.compile(r' data-blocked="[a-z0-9._:-]+" data-remote="([\w=-]+)"(?: data-pixel="")?')
STYLE = """
:root{color-scheme:light;background:#fff;color:#17222a;font:1rem/1.45 system-ui,sans-serif}
:root.dark{color-scheme:dark;background:#182025;color:#e6edf0}
body{margin:0;padding:.75rem;overflow-wrap:anywhere}
img{max-width:100%;height:auto}table{max-width:100%}pre{white-space:pre-wrap}
:root.dark a{color:#7dd3e0}
a[data-host]::after{content:" [" attr(data-host) "]";font-size:.85em}
a[data-warn]{outline:2px solid #a8232f;outline-offset:1px}
a[data-warn]::before{content:"⚠ "}
img[data-blocked]{outline:1px dashed;min-width:1.5em;min-height:1.2em}
img[data-pixel]{display:none}
blockquote{margin:.5rem 0 .5rem .5rem;padding-left:.75rem;border-left:3px solid #7d8991}
summary{cursor:pointer;padding:.25rem 0}
:focus-visible{outline:2px solid #0f5f6e;outline-offset:2px}:root.dark :focus-visible{outline-color:#7dd3e0}
"""
"""A link says where it truly leads, and louder when its text says another host; a picture that was not loaded leaves a
mark. A mail with colours of its own stays on a white sheet, whatever the console's theme: it was made for one."""


def page(text: str, images: list[FileRecord], files: FileStore, *, remote: bool, dark: bool) -> str:
    """The document. `remote`: images from elsewhere may be loaded."""
    pictures = _pictures(text, images, files)
    text = _CID.sub(lambda found: pictures.get(found[1].strip().lower(), ""), text)
    if remote:
        text = with_images(text)
    theme = ' class="dark"' if dark and not _COLOURED.search(text) else ""
    return (
        f'<!doctype html><html lang="sv"{theme}><meta charset="utf-8"><base target="_blank">'
        f'<meta name="viewport" content="width=device-width"><title>E-post</title><style>{STYLE}</style><body>{text}'
    )


def with_images(text: str) -> str:
    """The images from elsewhere put back, over https alone, without saying where they are shown."""
    return _REMOTE.sub(_source, text)


def _source(found: "re.Match[str]") -> str:
    address = base64.urlsafe_b64decode(found[1]).decode()
    return f' src="{escape("https" + address[address.index(":") :])}" referrerpolicy="no-referrer"'


def _pictures(text: str, images: list[FileRecord], files: FileStore) -> dict[str, str]:
    """Content-Id in lower case -> the attribute that shows it."""
    wanted = {found[1].strip().lower() for found in _CID.finditer(text)}
    shown, room = dict[str, str](), MOST_BYTES
    for image in images:
        cid = escape(str(image.facts.get("content_id", "")).strip("<> ")).lower()
        if cid not in wanted or cid in shown or image.size > room:
            continue
        content = files.read(image.sha256)
        kind = next((kind for kind, begins in RASTER.items() if content.startswith(begins)), "")
        if kind:
            room -= image.size
            shown[cid] = f' src="data:{kind};base64,{base64.b64encode(content).decode()}"'
    return shown
