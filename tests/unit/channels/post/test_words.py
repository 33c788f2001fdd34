"""Tesseract's table to words, lines and text; the second look's choices."""

from channels.post.recognition import improved, is_better, wants
from channels.post.words import Line, Word, around, certainty, from_tsv, lines, text_of

TSV = """level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext
1\t1\t0\t0\t0\t0\t0\t0\t2480\t3508\t-1\t
5\t1\t1\t1\t1\t1\t100\t200\t80\t30\t96.5\tHej
5\t1\t1\t1\t1\t2\t200\t200\t90\t30\t91\tSolvik!
5\t1\t1\t2\t1\t1\t100\t300\t90\t30\t20\tNästa
5\t1\t1\t2\t1\t2\t100\t300\t90\t30\t20\t \nbroken row
"""


def word(text: str, left: int, width: int, confidence: float = 0.9) -> Word:
    return Word(text, confidence, (left, 0, width, 30), (1, 1, 1))


def test_words_lines_and_paragraphs_of_a_table() -> None:
    words = list(from_tsv(TSV))
    assert [found.text for found in words] == ["Hej", "Solvik!", "Nästa"]
    assert words[0].confidence == 0.965
    assert text_of(lines(words)) == "Hej Solvik!\n\nNästa"


def test_long_words_weigh_more() -> None:
    assert certainty([word("a", 0, 5, 0.0), word("bbb", 0, 5, 1.0)]) == 0.75
    assert certainty([]) == 0.0


def test_the_box_around_boxes() -> None:
    assert around([(10, 10, 5, 5), (0, 12, 4, 20)]) == (0, 10, 15, 22)


def test_an_address_in_pieces_becomes_one_word() -> None:
    line = Line((word("E-post:", 0, 100), word("asa.oberg", 120, 90), word("example.com", 215, 110)))
    again = [word("E-post:", 0, 100), word("asa.oberg@example.com", 118, 210, 0.8)]
    better = improved(line, again)
    assert [found.text for old in line.words if (found := better.get(old, old))] == ["E-post:", "asa.oberg@example.com"]


def test_the_second_language_spoils_no_swedish_word() -> None:
    line = Line((word("åäö", 0, 100, 0.4), word("kap.", 120, 50), word("4", 180, 20), word("8", 210, 20)))
    again = [word("ado", 0, 100, 0.99), word("kap.", 120, 50), word("4", 180, 20), word("§", 210, 20)]
    better = improved(line, again)
    assert [found.text for old in line.words if (found := better.get(old, old))] == ["åäö", "kap.", "4", "§"]


def test_what_counts_as_better() -> None:
    assert is_better("asa(Dexample.com", "asa@example.com")
    assert is_better("8", "§")
    assert is_better("120", "12%")
    assert not is_better("Åsa", "Asa")
    assert not is_better("hej", "h@j")
    assert not is_better("barn", "§§§§")


def test_which_words_want_a_second_look() -> None:
    line = Line((word("9", 0, 10), word("kap.", 20, 40), word("4", 70, 10), word("$", 90, 10), word("plan-", 110, 50)))
    assert [wants(line, place) for place in range(5)] == [False, False, False, True, False]
