"""The quotations of a mail's markup folded where they stand, without any script: `<details>`.

Works on markup as it came, before it is made safe (which takes away what tells a quotation): whatever is put in here by
mistake is made safe like everything else, and no text is ever taken out.
"""

import re

from channels.email import quoted_html

SUMMARY = "<summary>⋯ Tidigare text / Earlier text</summary>"
MOST_FOLDS = 200
LONGEST = 300_000
"""Characters; longer markup is shown unfolded."""
_TAG = re.compile(r"<!--|-->|<(/?)(blockquote|div|span|hr|p)\b([^<>]{0,2000})>", re.IGNORECASE)


def folded(html: str) -> str:
    """The markup with its outermost quotations folded; as it was when nothing else would be left to read."""
    spans = _quotations(html) if len(html) <= LONGEST else []
    if not spans or not _has_both(quoted_html.text(html)):
        return html
    pieces, place = list[str](), 0
    for start, end in spans:
        pieces += [html[place:start], "<details>", SUMMARY, html[start:end], "</details>"]
        place = end
    return "".join([*pieces, html[place:]])


def _has_both(text: str) -> bool:
    """Something quoted, and something that is not."""
    marked = {line.startswith(">") for line in text.split("\n") if line.strip()}
    return len(marked) == 2


def _quotations(html: str) -> list[tuple[int, int]]:
    """Start and end of the outermost elements that quote. In one pass."""
    found, inside, level, start, commented = list[tuple[int, int]](), "", 0, 0, False
    for tag in _TAG.finditer(html):
        if not tag[2]:
            commented = tag[0] == "<!--"
            continue
        name = tag[2].lower()
        if commented or (inside and name != inside):
            continue
        if inside:
            level += -1 if tag[1] else 1
            if not level:
                _add(found, start, tag.end(), html)
                inside = ""
        elif not tag[1] and quoted_html.quotes_the_rest(tag[3]):
            return [*found, (tag.start(), _ending(html))]
        elif not tag[1] and name != "hr" and quoted_html.quotes(name, tag[3]) and len(found) < MOST_FOLDS:
            inside, level, start = name, 1, tag.start()
    return [*found, (start, _ending(html))] if inside else found


def _add(found: list[tuple[int, int]], start: int, end: int, html: str) -> None:
    """One fold for elements side by side."""
    if found and start - found[-1][1] < 100 and not html[found[-1][1] : start].strip():
        found[-1] = (found[-1][0], end)
    else:
        found.append((start, end))


def _ending(html: str) -> int:
    """Where the body ends."""
    end = html.lower().rfind("</body")
    return end if end >= 0 else len(html)
