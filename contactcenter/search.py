"""Full-text search over the cases one may see, newest first: FTS5 on SQLite, tsvector on PostgreSQL.

Which words a text has is decided in `search_words`, once for both databases. Whether a case may be found is
decided by the case itself at the time of asking (organisation, protected identity), never by what was indexed.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlmodel import Session

from contactcenter import cases, layout
from contactcenter.columns import clean
from contactcenter.search_words import Query, Term, case_numbers, parse, score, snippet, words_of

LONGEST_TEXT = 200_000
"""Characters of one case that are kept for search."""
NEWEST = 200
"""Ranking looks at so many of the newest that match."""
_SHORT_PREFIXES = (2, 3)
"""Beginnings of words that PostgreSQL keeps as words of their own; FTS5 has its own index of them."""
_NO_LIMIT = 2**62


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that was found, and a piece of its text round what was looked for (plain text, one line)."""

    case_id: int
    snippet: str


def create(connection: Connection) -> None:
    """Make the search tables."""
    for statement in _CREATE[connection.dialect.name]:
        connection.execute(text(statement))


def drop(connection: Connection) -> None:
    """Remove the search tables."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("DROP TABLE IF EXISTS search_index"))
    connection.execute(text("DROP TABLE IF EXISTS search_text"))


def add(session: Session, case_id: int, organisation_id: int, words: str) -> None:
    """Have the case found by `words` (text of a contact, number, names, marks) too."""
    old = _text(session, case_id)
    _write(session, case_id, organisation_id, old, f"{old}\n{words}" if old else words)


def begin(session: Session, case_id: int, organisation_id: int, words: str) -> None:
    """As `add`, for a case that is new: nothing is known of it yet."""
    _write(session, case_id, organisation_id, None, words)


def replace(session: Session, case_id: int, organisation_id: int, words: str) -> None:
    """Have the case found by `words` and nothing else."""
    _write(session, case_id, organisation_id, _text(session, case_id), words)


def merge(session: Session, case_id: int, into_id: int, into_organisation_id: int) -> None:
    """The words of one case find the other from now on."""
    if words := _text(session, case_id):
        add(session, into_id, into_organisation_id, words)
    remove(session, case_id)


def remove(session: Session, case_id: int) -> None:
    """Forget the case's words."""
    old = _text(session, case_id)
    if old is None:
        return
    if _is_sqlite(session):
        _unindex(session, case_id, old)
    _run(session, "DELETE FROM search_text WHERE case_id = :case", case=case_id)


def rebuild(session: Session) -> int:
    """Index every kept text anew, as after a change of how words are made. Returns how many."""
    kept = _run(session, "SELECT case_id, municipality_id, text FROM search_text ORDER BY case_id").all()
    drop(session.connection())
    create(session.connection())
    load(session, kept)
    return len(kept)


def load(session: Session, rows: Iterable[tuple[int, int, str]]) -> None:
    """Index many cases that are not indexed yet: (case id, municipality id, text)."""
    for batch in _batches(rows, 1_000):
        _insert(session, batch)


def find(
    session: Session,
    query: str,
    scope: Collection[int],
    *,
    limit: int = 20,
    before: int | None = None,
    sees_protected: bool = False,
    best: bool = False,
) -> list[Hit]:
    """Cases of the organisations in `scope` that have every word of `query`, newest first; any text is a query.

    Every word is also a beginning of words, but for what stands in "quotes". A case number finds its case first.
    `before` is the id of the last case of the page before. `best` ranks the newest 200 by how well they match
    instead; it has one page. Without `sees_protected`, a case with protected identity is found only by its case
    number and has no snippet.
    """
    may_see = _MaySee(frozenset(scope), sees_protected)
    if not may_see.scope:
        return []
    numbered = _by_number(session, case_numbers(query), may_see) if before is None else []
    groups = parse(query)
    if not groups:
        return numbered[:limit]
    ids = _matching(session, groups, may_see, NEWEST if best else limit + len(numbered), before or _NO_LIMIT)
    known = {hit.case_id for hit in numbered}
    ids = [one for one in ids if one not in known]
    if best:
        ids = _ranked(session, ids, query)
    room = max(0, limit - len(numbered))
    texts = _texts(session, ids[:room])
    return (numbered + [Hit(one, snippet(texts.get(one, ""), groups)) for one in ids[:room]])[:limit]


@dataclass(frozen=True, slots=True)
class _MaySee:
    scope: frozenset[int]
    sees_protected: bool


_CREATE = {
    "sqlite": (
        "CREATE TABLE search_text (case_id INTEGER PRIMARY KEY, municipality_id INTEGER NOT NULL, text TEXT NOT NULL)",
        # Words come ready from us: `ascii` leaves other letters alone, and a mail address must stay one word.
        """CREATE VIRTUAL TABLE search_index USING fts5(words, content='', columnsize=0, detail=none, prefix='2 3 4 5',
           tokenize="ascii tokenchars '@.+-_!#$%&/=?^`{|}~*'''")""",
    ),
    "postgresql": (
        """CREATE TABLE search_text (case_id bigint PRIMARY KEY, municipality_id bigint NOT NULL,
           text text NOT NULL, words tsvector NOT NULL) WITH (toast_tuple_target = 128)""",
        # The words lie beside the row, so that the rows themselves are few pages.
        "ALTER TABLE search_text ALTER COLUMN words SET STORAGE EXTERNAL",
        "CREATE INDEX ix_search_words ON search_text USING gin (words) WITH (gin_pending_list_limit = 1024)",
        "CREATE INDEX ix_search_municipality ON search_text (municipality_id, case_id)",
    ),
}


# writing


def _write(session: Session, case_id: int, organisation_id: int, old: str | None, new: str) -> None:
    new = clean(new)[:LONGEST_TEXT]
    if old == new:
        return
    if old is None:
        return _insert(session, [(case_id, _municipality(session, organisation_id), new)])
    _run(session, "UPDATE search_text SET text = :text WHERE case_id = :case", text=new, case=case_id)
    words, municipality_id = words_of(new), _municipality_of_case(session, case_id)
    if words == words_of(old):
        return None
    if _is_sqlite(session):
        _unindex(session, case_id, old)
        values: dict[str, Any] = {"case": case_id, "words": _line(words, municipality_id)}
        _run(session, "INSERT INTO search_index (rowid, words) VALUES (:case, :words)", **values)
    else:
        values = {"case": case_id, "words": _tsvector(words, municipality_id)}
        _run(session, _PG_UPDATE, **values)
    return None


def _insert(session: Session, rows: list[tuple[int, int, str]]) -> None:
    """New rows, and what they are found by."""
    if not _is_sqlite(session):
        values = [{"words": _tsvector(words_of(kept), one), **_row(case, one, kept)} for case, one, kept in rows]
        _run_many(session, _PG_INSERT, values)
        return
    _run_many(session, "INSERT INTO search_text VALUES (:case, :municipality, :text)", [_row(*one) for one in rows])
    lines = [{"case": case, "words": _line(words_of(kept), one)} for case, one, kept in rows]
    _run_many(session, "INSERT INTO search_index (rowid, words) VALUES (:case, :words)", lines)


def _row(case_id: int, municipality_id: int, kept: str) -> dict[str, Any]:
    return {"case": case_id, "municipality": municipality_id, "text": kept}


def _line(words: set[str], municipality_id: int) -> str:
    return " ".join(sorted(words | {_token(municipality_id)}))


_PG_INSERT = """
    INSERT INTO search_text VALUES (:case, :municipality, :text, array_to_tsvector(CAST(:words AS text[])))"""
_PG_UPDATE = "UPDATE search_text SET words = array_to_tsvector(CAST(:words AS text[])) WHERE case_id = :case"


def _tsvector(words: set[str], municipality_id: int) -> list[str]:
    """The words and their beginnings, which have an index of their own in FTS5."""
    starts = {f"^{word[:length]}" for word in words for length in _SHORT_PREFIXES if len(word) >= length}
    return sorted(words | starts | {_token(municipality_id)})


def _unindex(session: Session, case_id: int, old: str) -> None:
    """FTS5 without content of its own must be told what it was told before."""
    line = _line(words_of(old), _municipality_of_case(session, case_id))
    _run(
        session,
        "INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', :case, :words)",
        case=case_id,
        words=line,
    )


def _text(session: Session, case_id: int) -> str | None:
    found = _run(session, "SELECT text FROM search_text WHERE case_id = :case", case=case_id).first()
    return None if found is None else found[0]


def _municipality_of_case(session: Session, case_id: int) -> int:
    found = _run(session, "SELECT municipality_id FROM search_text WHERE case_id = :case", case=case_id)
    return int(found.scalar_one())


def _token(municipality_id: int) -> str:
    """The word that every case of a municipality has; no text has it, as it is no word. A case never changes
    municipality, so this can be looked up where the organisation cannot."""
    return f"_{municipality_id}"


# reading


def _matching(session: Session, groups: Query, may_see: _MaySee, limit: int, before: int) -> list[int]:
    """Ids of the newest cases that match and may be seen."""
    mine, everybody = _municipalities(session, may_see.scope)
    if not mine:
        return []
    asked = groups if mine == everybody else [*groups, tuple(Term(_token(one)) for one in sorted(mine))]
    values: dict[str, Any] = {
        "before": before,
        "scope": sorted(may_see.scope),
        "protected": may_see.sees_protected,
    }
    if _is_sqlite(session):
        return [row[0] for row in _found(session, _SQLITE_FIND, query=_fts5(asked), limit=limit, **values)]
    values |= {"query": _tsquery(asked)}
    if mine != everybody and len(mine) == 1:
        return _newest_or_all(session, limit, values | {"municipality": min(mine)}, len(everybody))
    return _newest_or_all(session, limit, values, 1)


def _newest_or_all(session: Session, limit: int, values: dict[str, Any], share: int) -> list[int]:
    """PostgreSQL's index gives all matches or none, and in no order: for words that are in many cases it is quicker to
    walk through the newest cases. How many match among the first few hundred tells which. `share`: the municipality
    walked through is about one in so many."""
    walk = _PG_WALK_ONE if "municipality" in values else _PG_WALK
    rows = _found(session, walk, newest=_WALK, **values)
    seen = [row.case_id for row in rows if row.seen]
    if len(seen) >= limit:
        return seen[:limit]
    if seen:
        cases = (_found(session, "SELECT max(case_id) FROM search_text")[0][0] or 0) / share
        further = int(1.5 * _WALK * limit / len(seen))
        if further * _WALK_COST < cases * len(rows) / _WALK:
            seen = [row.case_id for row in _found(session, walk, newest=further, **values) if row.seen]
            if len(seen) >= limit:
                return seen[:limit]
    values.pop("municipality", None)
    return [row[0] for row in _found(session, _PG_FIND, limit=limit, **values)]


_WALK = 300
"""PostgreSQL looks for the query in so many of the newest cases before it decides how to go on."""
_WALK_COST = 1.5
"""What walking past a case costs, against a match out of the index."""
_SQLITE_FIND = """
    SELECT search_index.rowid FROM search_index CROSS JOIN kase k ON k.id = search_index.rowid
    WHERE search_index MATCH :query AND search_index.rowid < :before
    AND k.organisation_id IN :scope AND (:protected OR NOT k.protected)
    ORDER BY search_index.rowid DESC LIMIT :limit"""
_PG_FIND = """
    WITH found AS MATERIALIZED (
        SELECT case_id FROM search_text WHERE words @@ CAST(:query AS tsquery) AND case_id < :before)
    SELECT case_id FROM (SELECT case_id FROM found ORDER BY case_id DESC) newest CROSS JOIN LATERAL (
        SELECT 1 FROM kase k WHERE k.id = case_id
        AND k.organisation_id IN :scope AND (:protected OR NOT k.protected) LIMIT 1) seen LIMIT :limit"""
# LATERAL: each match looks its case up. The planner cannot know how few they are and would walk through all cases.
_PG_WALK = """
    SELECT case_id, k.organisation_id IN :scope AND (:protected OR NOT k.protected) AS seen FROM (
        SELECT case_id, words FROM search_text WHERE case_id < :before ORDER BY case_id DESC LIMIT :newest) newest
    JOIN kase k ON k.id = case_id WHERE words @@ CAST(:query AS tsquery) ORDER BY case_id DESC"""
_PG_WALK_ONE = _PG_WALK.replace("WHERE case_id <", "WHERE municipality_id = :municipality AND case_id <")


def _by_number(session: Session, numbers: list[str], may_see: _MaySee) -> list[Hit]:
    """The cases with these numbers, or that those were merged into, the newest first."""
    named = [cases.by_number(session, number) for number in numbers]
    found = {case.id: case.protected for case in named if case and case.organisation_id in may_see.scope}
    texts = _texts(session, [one for one, protected in found.items() if may_see.sees_protected or not protected])
    return [Hit(one, snippet(texts.get(one, ""), [])) for one in sorted(found, reverse=True)]


def _ranked(session: Session, ids: list[int], query: str) -> list[int]:
    """`ids` with the best match first; as newest first among equals."""
    scores = {case_id: score(kept, query) for case_id, kept in _texts(session, ids).items()}
    return sorted(ids, key=lambda case_id: (-scores.get(case_id, 0), -case_id))


def _texts(session: Session, ids: list[int]) -> dict[int, str]:
    if not ids:
        return {}
    statement = text("SELECT case_id, text FROM search_text WHERE case_id IN :ids")
    found = session.connection().execute(statement.bindparams(bindparam("ids", expanding=True)), {"ids": ids})
    return {row.case_id: row.text for row in found}


def _municipalities(session: Session, scope: frozenset[int]) -> tuple[set[int], set[int]]:
    """(the municipalities of the organisations in `scope`, all municipalities)"""
    parents = layout.of(session).parents
    return {_root(parents, one) for one in scope if one in parents}, {_root(parents, one) for one in parents}


def _municipality(session: Session, organisation_id: int) -> int:
    return layout.of(session).municipality(organisation_id) or organisation_id


def _root(parents: dict[int, int | None], one: int) -> int:
    seen = {one}
    while (above := parents.get(one)) is not None and above not in seen:
        seen.add(above)
        one = above
    return one


def _fts5(groups: Query) -> str:
    return " AND ".join(
        "(" + " OR ".join(f'"{term.word}" *' if term.prefix else f'"{term.word}"' for term in group) + ")"
        for group in groups
    )


def _tsquery(groups: Query) -> str:
    return " & ".join("(" + " | ".join(_lexeme(term) for term in group) + ")" for group in groups)


def _lexeme(term: Term) -> str:
    if term.prefix and len(term.word) in _SHORT_PREFIXES:
        return _quoted(f"^{term.word}")
    return _quoted(term.word) + (":*" if term.prefix else "")


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _found(session: Session, statement: str, **values: Any) -> Any:
    wanted = text(statement)
    if "scope" in values:
        wanted = wanted.bindparams(bindparam("scope", expanding=True))
    return session.connection().execute(wanted, values).all()


def _run(session: Session, statement: str, **values: Any) -> Any:
    return session.connection().execute(text(statement), values)


def _run_many(session: Session, statement: str, rows: list[dict[str, Any]]) -> None:
    session.connection().execute(text(statement), rows)


def _batches(rows: Iterable[tuple[int, int, str]], size: int) -> Iterator[list[tuple[int, int, str]]]:
    waiting = iter(rows)
    while batch := [(case_id, municipality_id, kept) for case_id, municipality_id, kept in islice(waiting, size)]:
        yield batch


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
