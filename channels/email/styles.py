"""What a mail may say about looks: properties and values that change colour, size and place within the flow, nothing
else. A value is kept when every word of it is known to be harmless; there is no list of harmful ones.

Not kept, so that no text hides or lies over another: display, visibility, opacity, position, float, z-index, transform,
negative measures, letters smaller than can be read. Nothing that could name an address: no `url(`, no function but
colours, no escapes, no at-rules, no variables.
"""

import re
from functools import lru_cache

LONGEST = 4_000
"""Characters of one style attribute."""
_SIDES = ("top", "right", "bottom", "left")
_LENGTH = r"\d{1,4}(?:\.\d{1,4})?(?:px|pt|em|rem|ex|ch|%|cm|mm|in|pc)?"
_NUMBER = r"\d{1,3}(?:\.\d{1,4})?%?"
_COLOUR = rf"#[0-9a-f]{{3,8}}|[a-z]{{3,24}}|(?:rgb|hsl)a?\(\s*{_NUMBER}(?:deg)?(?:[\s,/]+{_NUMBER}){{2,3}}\s*\)"
_LINE = rf"(?:{_LENGTH}|none|hidden|dotted|dashed|solid|double|groove|ridge|inset|outset|thin|medium|thick|{_COLOUR})"
_NAME = r"(?:\"[\w .-]{1,60}\"|'[\w .-]{1,60}'|[a-z_-][\w-]{0,40}(?: [\w-]{1,40}){0,4})"


def _some(value: str, most: int) -> re.Pattern[str]:
    return re.compile(rf"(?:{value})(?:\s+(?:{value})){{0,{most - 1}}}")


def _rules() -> dict[str, re.Pattern[str]]:
    colour, length, lengths = _some(_COLOUR, 1), _some(rf"{_LENGTH}|auto", 1), _some(rf"{_LENGTH}|auto", 4)
    line = _some(_LINE, 3)
    rules = {
        "color": colour,
        "background": colour,
        "background-color": colour,
        "font-family": re.compile(rf"{_NAME}(?:\s*,\s*{_NAME}){{0,15}}"),
        "font-size": re.compile(rf"{_LENGTH}|xx?-small|small|medium|large|xx?-large|smaller|larger"),
        "font-style": re.compile(r"normal|italic|oblique"),
        "font-weight": re.compile(r"normal|bold|bolder|lighter|[1-9]00"),
        "font-variant": re.compile(r"normal|small-caps"),
        "line-height": re.compile(r"normal|(?:0\.[89]|[1-9](?:\.\d{1,4})?)(?:em)?|(?:[89]\d|[1-3]\d\d)%|[1-9]\dpx"),
        "text-align": re.compile(r"left|right|center|justify|start|end"),
        "text-decoration": re.compile(r"none|underline|overline|line-through"),
        "text-transform": re.compile(r"none|capitalize|uppercase|lowercase"),
        "vertical-align": re.compile(r"baseline|sub|super|top|middle|bottom|text-top|text-bottom"),
        "white-space": re.compile(r"normal|nowrap|pre|pre-wrap|pre-line"),
        "direction": re.compile(r"ltr|rtl"),
        "border-collapse": re.compile(r"collapse|separate"),
        "border-spacing": _some(_LENGTH, 2),
        "border-radius": _some(_LENGTH, 4),
        "list-style-type": re.compile(r"none|disc|circle|square|decimal|lower-alpha|upper-alpha|lower-roman"),
        "letter-spacing": re.compile(r"normal|(?:0|[0-5](?:\.\d{1,3})?px)"),
        "width": length,
        "max-width": length,
        "min-width": length,
        "padding": lengths,
        "margin": lengths,
        "border": line,
        "border-color": _some(_COLOUR, 4),
        "border-style": _some(_LINE, 4),
        "border-width": _some(_LINE, 4),
    }
    for side in _SIDES:
        rules |= {f"padding-{side}": length, f"margin-{side}": length, f"border-{side}": line}
        rules |= {f"border-{side}-{what}": line for what in ("color", "style", "width")}
    return rules


_RULES = _rules()
_SIZE = re.compile(r"(\d+(?:\.\d+)?)(px|pt|em|rem|%|\w*)")
_READABLE = {"px": (9, 72), "pt": (7, 54), "em": (0.6, 4), "rem": (0.6, 4), "%": (60, 400)}
"""Letters that can be read, and do not fill the page: least and most in each unit."""
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@lru_cache(4096)
def kept(style: str) -> str:
    """What is kept of a style attribute; empty when nothing is."""
    if len(style) > LONGEST or "\\" in style:
        return ""
    found: dict[str, str] = {}
    for declaration in _COMMENT.sub(" ", style).split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), _plain(value)
        rule = _RULES.get(name)
        if rule and rule.fullmatch(value) and _is_readable(name, value):
            found[name] = value
    for ground in ("background", "background-color"):
        if _hides(found.get("color", ""), found.get(ground, "")):
            del found["color"], found[ground]
    return "; ".join(f"{name}: {value}" for name, value in found.items())


def _plain(value: str) -> str:
    return " ".join(value.lower().replace("!important", " ").split())


def _is_readable(name: str, value: str) -> bool:
    if name == "color":
        return value != "transparent" and not re.search(r"a\(.*[,/\s]0?\.?0*%?\s*\)$|^#(?:...0|.{6}0.)$", value)
    found = _SIZE.fullmatch(value) if name == "font-size" else None
    if not found:
        return True
    least, most = _READABLE.get(found[2], (1, 0))
    return least <= float(found[1]) <= most


def _hides(colour: str, ground: str) -> bool:
    """Text in the colour of its ground."""
    return bool(colour) and _as_hex(colour) == _as_hex(ground)


_NAMED = {"white": "#ffffff", "black": "#000000", "#fff": "#ffffff", "#000": "#000000"}


def _as_hex(colour: str) -> str:
    found = re.fullmatch(r"rgb\((\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\)", colour.replace("( ", "("))
    made = "#" + "".join(f"{int(part):02x}" for part in found.groups()) if found else colour
    return _NAMED.get(made, made)
