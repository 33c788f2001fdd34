"""What is new in a mail, found in the worst text: no megabyte of anything may take two seconds.

    python -m benchmarks.visible

The baseline in the same run is `str.split` with one search on each line: the least that looking at a text could be.
"""

import re
import sys
import time
from collections.abc import Callable

from channels.email import quoted_html, visible

LIMIT = 2.0
"""Seconds of the processor for a megabyte."""
SIZE = 1_000_000
LINES = """
a|>|> a\nb|On 3 Mar 2026, Anna|On 3 Mar 2026, A <a@b.example> wrote:\n> a\nb|wrote:|From: a@b.example|--|Best regards\nA
From: a\nTo: b\nDate: 3 Mar|Sent from my |Skickat från min mobil|This e-mail is \n|<http://a\n> b|JD> x\nb|: x
Den 3 mars 2026 kl. 10:12 skrev| """.strip("\n")
TEXTS = (
    *(f"{line}\n" for line in re.split(r"\||\n(?=From: a\n|Den )", LINES)),
    *(
        "-----Original ",
        "_" * 80 + "\n",
        "- " * 100 + "\n",
        "| x\n",
        ">",
        "a@",
        "skrev ",
        "\N{ZERO WIDTH SPACE}",
        "From:",
    ),
    "Den " * 140 + ":\n",
)
MARKUP = ("<div>a</div>", "<p>", "<blockquote>a", "<ul><li>a</ul>", "<ol><li>x", "<td>x", '<a b="', "a&amp;", "<pre>\n")
_WORD = re.compile(r"wrote:$")


def main() -> int:
    """Print the slowest; 1 when one was too slow."""
    plain = max(_timed(_least, text) for text in TEXTS)
    taken = {repr(text[:40]): _timed(visible.split, text) for text in TEXTS}
    taken |= {repr(html): _timed(quoted_html.text, html) for html in MARKUP}
    for name, seconds in sorted(taken.items(), key=lambda one: -one[1])[:8]:
        print(f"{seconds:6.2f} s  {name}")
    print(f"baseline {plain:.2f} s; limit {LIMIT:.1f} s for {SIZE:,} characters")
    return int(max(taken.values()) > LIMIT)


def _timed(function: Callable[[str], object], piece: str) -> float:
    text = (piece * (SIZE // len(piece) + 1))[:SIZE]
    started = time.process_time()
    function(text)
    return time.process_time() - started


def _least(text: str) -> int:
    return sum(1 for line in text.split("\n") if _WORD.search(line))


if __name__ == "__main__":
    sys.exit(main())
