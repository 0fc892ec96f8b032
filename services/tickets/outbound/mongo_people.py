"""How lists and searches find people: sort keys in the documents of the directory, and the collection `people_words`, one document for each
search word of a person.

Each index begins with one text that has all that a list compares before its order, because the embedded store uses only the first field
of an index.

A document is saved with `indexed` false, then the words are written, then it becomes true, only for the revision whose words they are.
After a crash in between, and for documents of earlier versions, which have no `indexed`, CompletePeople does the rest. It is within
`content`, which earlier versions replace as a whole, so that a change by a replica of theirs removes it too.
"""

from collections.abc import Sequence

from pymongo import ASCENDING, DeleteMany, IndexModel, UpdateOne
from pymongo.errors import BulkWriteError

from servicekit.mongo import Collection, Document, is_duplicate, store_errors
from services.tickets.domain.directory import Content, Entry, Person, key_of
from services.tickets.domain.people import Side
from services.tickets.domain.people_list import PeopleCursor, PeopleQuery, list_name, search_words

WORDS = "people_words"
WORD_INDEXES = [
    IndexModel([("key", ASCENDING), ("company_id", ASCENDING), ("side", ASCENDING)]),
    IndexModel([("person_id", ASCENDING)]),
]
LIST_INDEXES = [
    IndexModel([("content.indexed", ASCENDING)]),
    IndexModel([("listed.directory", ASCENDING)]),
    IndexModel([("listed.without_customers", ASCENDING)]),
    IndexModel([("listed.desk", ASCENDING), ("company_id", ASCENDING)]),
    IndexModel([("listed.side", ASCENDING), ("company_id", ASCENDING)]),
    IndexModel([("listed.company", ASCENDING)]),
]
# The last code point: every text that begins with a prefix is below the prefix with it.
LAST = "\U0010ffff"


def list_fields(content: Content) -> Document:
    """The fields by which lists find and sort the entry. `company_id` is empty for engineers, whom all engineers see."""
    key = key_of(content.kind, content.id)
    if not isinstance(content, Person):
        return {"listed": {"directory": key, "without_customers": key}, "company_id": ""}
    end = [list_name(content), content.id]
    listed = {"directory": key, "desk": _key(content.desk_id, *end), "side": _key(content.desk_id, content.side, *end)}
    if content.side is Side.ENGINEER:
        listed["without_customers"] = key
    else:
        listed["company"] = _key(content.desk_id, content.company_id, *end)
    return {"listed": listed, "company_id": content.company_id}


def condition_of(query: PeopleQuery, after: PeopleCursor) -> tuple[str, Document]:
    """The field that sorts the list, in `people_words` if the query has words, else in the directory; and the condition for what comes
    after the cursor. No name or word has a line break, so a part of a key ends with one."""
    word = query.words[0] if query.words else ""
    if word:
        field, start, more = "key", _key(query.desk_id, ""), {"side": query.side.value} if query.side else {}
    elif query.company_id:
        field, start, more = "listed.company", _key(query.desk_id, query.company_id, ""), {}
    elif query.side:
        field, start, more = "listed.side", _key(query.desk_id, query.side, ""), {}
    else:
        field, start, more = "listed.desk", _key(query.desk_id, ""), {}
    above = max(start + word, _key(start + after.text, after.id) if after.text else "")
    condition: Document = {field: {"$gt": above, "$lt": start + word + LAST}, **more}
    if word and query.company_id:
        condition["company_id"] = query.company_id
    elif query.companies is not None and not query.company_id and query.side is not Side.ENGINEER:
        condition["company_id"] = {"$in": ["", *sorted(query.companies)]}
    return field, condition


def cursor_of(document: Document, field: str) -> PeopleCursor:
    """The position that the sort key in this field ends with."""
    outer, _, inner = field.partition(".")
    key: str = document[outer][inner] if inner else document[outer]
    return PeopleCursor(*key.rsplit("\n", 2)[-2:])


class PeopleWords:
    """Writes the words and marks the documents. Any replica may do it for the same person at any time."""

    def __init__(self, entries: "Collection[Document]", words: "Collection[Document]") -> None:
        self._entries, self._words = entries, words

    async def index(self, entries: Sequence[Entry]) -> None:
        """Makes saved people findable by their words at this revision. Words that a later revision wrote stay. Words of a slow earlier
        writer may stay too; they find the person, who is then compared with the search. Raises Unavailable."""
        people = [(entry.revision, entry.content) for entry in entries if isinstance(entry.content, Person)]
        written = [_word(revision, person, word) for revision, person in people for word in search_words(person)]
        outdated = [DeleteMany({"person_id": person.id, "revision": {"$lt": revision}}) for revision, person in people if revision > 1]
        with store_errors():
            if written:
                try:
                    await self._words.bulk_write(written, ordered=False)
                except BulkWriteError as error:
                    # A later revision has the word: the condition fails, and the upsert tries to insert a second one.
                    if not is_duplicate(error):
                        raise
            if outdated:
                await self._words.bulk_write(outdated, ordered=False)
            await self._entries.bulk_write([_mark(entry) for entry in entries], ordered=False)


def _mark(entry: Entry) -> UpdateOne:
    done = {**list_fields(entry.content), "content.indexed": True}
    return UpdateOne({"_id": entry.key, "revision": entry.revision}, {"$set": done})


def _word(revision: int, person: Person, word: str) -> UpdateOne:
    fields = {
        "key": _key(person.desk_id, word, person.id),
        "person_id": person.id,
        "company_id": person.company_id,
        "side": person.side.value,
        "revision": revision,
    }
    return UpdateOne({"_id": f"{person.id}\n{word}", "revision": {"$lt": revision}}, {"$set": fields}, upsert=True)


def _key(*parts: str) -> str:
    return "\n".join(parts)
