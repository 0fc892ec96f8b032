"""The history of a desk (spec 8.1): which sessions a search lists, and the terms by which the store finds them.

A term of a session is one of its words, or a value that a search compares, such as its company. The store has the sessions of each term
in the order of their openings. So a search reads the sessions of one of its terms, newest first, and leaves out those that lack another
one, whatever the size of the desk.

A search finds whole words only. To find the beginnings of words, it would have to read the sessions of each word that begins so, hundreds
for three letters, and merge them by their openings.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from servicekit.moments import to_ms
from servicekit.text import words_of
from services.chat.domain.access import covers, covers_board, is_private
from services.chat.domain.errors import BadArgument
from services.chat.domain.events import (
    CallbackAsked,
    CloseNoted,
    Entry,
    FeedbackCommented,
    MessagePosted,
    NewTicket,
    NoteWritten,
    ParticipantJoined,
    TicketWished,
)
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus, ChatType

# The terms of a session are saved when it was at rest for so long: once for many messages in a row.
REST = timedelta(seconds=3)
# Different words of a session that can be found, in the order of `header_texts` and the log: what bounds the store.
MAX_WORDS = 400
# Of a session, in which words are looked for. Each change reads them again, so they bound the work for a long chat of few words.
MAX_ENTRIES, MAX_TEXT = 1_000, 100_000
MAX_SEARCH, MAX_SEARCH_WORDS = 200, 8
# Terms of a company and a board that a search tries. With more of them it first looks up those that sessions have.
MAX_PAIRS = 100
# The term of every session. No word has this character.
ALL = "="
# The term of a session that has more text than these bounds: its terms do not have all of its words.
CUT = "words=cut"
# The store cannot hold a later moment.
LATEST_MS = 10**13 - 1


@dataclass(frozen=True, slots=True, order=True)
class HistoryCursor:
    """The position of a session: when it was opened, in milliseconds since 1970, and its id."""

    opened_ms: int
    id: str

    @classmethod
    def of(cls, session: ChatSession) -> Self:
        return cls(to_ms(session.opened_at), session.id)

    @classmethod
    def parse(cls, token: str) -> Self | None:
        """None for the first page. Raises BadArgument for an invalid token."""
        if not token:
            return None
        try:
            opened_ms, id = json.loads(urlsafe_b64decode(token))
            f"{id}".encode()  # refuses half characters, which the store cannot take
            if not 0 <= int(opened_ms) <= LATEST_MS:
                raise ValueError(token)
            return cls(int(opened_ms), str(id))
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise BadArgument("The page token is not valid.", field="page_token") from None

    def token(self) -> str:
        return urlsafe_b64encode(json.dumps([self.opened_ms, self.id]).encode()).decode()


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """What decides whether a search lists a session."""

    position: HistoryCursor
    desk_id: str
    company_id: str
    board_id: str
    customer_id: str
    creator_id: str
    status: ChatStatus
    type: ChatType
    voided: bool

    @classmethod
    def of(cls, session: ChatSession) -> Self:
        where = (session.desk_id, session.company_id, session.board_id)
        people = (session.customer.id, session.creator.id)
        return cls(HistoryCursor.of(session), *where, *people, session.status, session.type, session.voided)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """Sessions of one desk, those that an engineer with this access may see (`may_see` in access.py). None, "" and () mean all.

    `companies`, `boards`: the access of the engineer `seen_by`. `opened_until` is not included. `words`: the session has all of them.
    """

    desk_id: str
    seen_by: str = ""
    companies: frozenset[str] | None = None
    boards: frozenset[str] | None = None
    company_id: str = ""
    customer_id: str = ""
    status: ChatStatus | None = None
    type: ChatType | None = None
    opened_from: datetime | None = None
    opened_until: datetime | None = None
    words: tuple[str, ...] = ()

    def lists(self, item: HistoryItem) -> bool:
        """Whether the search lists the session. The store compares words and moments itself; the rest of a session may have changed since
        its terms were saved."""
        private = is_private(item.type, item.status) and self.seen_by not in ("", item.creator_id)
        checks = (
            item.desk_id == self.desk_id,
            not item.voided,
            not private,
            covers(self, item.company_id, item.board_id),
            self.company_id in ("", item.company_id),
            self.customer_id in ("", item.customer_id),
            self.status in (None, item.status),
            self.type in (None, item.type),
        )
        return all(checks)

    def sources(self) -> Sequence[Sequence[str]]:
        """Groups of terms. Each session of the query has a term of each group, so the store reads the sessions of one group.

        An engineer with limited access has one group, the terms of what they may see. A page ends when it has read enough sessions, so if
        it read those of a word, its end would tell that sessions with this word exist which they may not see (spec 10.2).
        """
        if self.companies is not None or self.boards is not None:
            return [self._own_terms()]
        found: list[tuple[str, ...]] = [(word,) for word in self.words]
        if self.customer_id:
            found.append((_customer(self.customer_id),))
        if self.company_id:
            found.append((_company(self.company_id),))
        # Nearly all sessions are completed, and are requests: these terms would find no fewer than ALL.
        if self.status not in (None, ChatStatus.COMPLETED):
            found.append((_status(self.status),))
        if self.type is ChatType.PUSH:
            found.append((_type(self.type),))
        return found or [(ALL,)]

    def pairs_begin(self) -> Sequence[str]:
        """How the terms of an engineer with very many companies and boards begin, one for each company: `sources` would have a term for
        each pair of a company and a board, most of which no session has. Empty for everybody else."""
        companies = self._own_companies()
        if companies is None or self.boards is None or len(companies) * len(self.boards) <= MAX_PAIRS:
            return ()
        return [_company_and_board(company, "") for company in sorted(companies)]

    def may_see_pair(self, term: str) -> bool:
        """Whether the board of a term that begins with one of `pairs_begin` is the engineer's."""
        return covers_board(self, term.rpartition("=")[2])

    def _own_companies(self) -> frozenset[str] | None:
        """Those that the search reads. None: all."""
        if not self.company_id:
            return self.companies
        wanted = frozenset({self.company_id})
        return wanted if self.companies is None else self.companies & wanted

    def _own_terms(self) -> tuple[str, ...]:
        """Of an engineer with limited access; none for a company that they may not see, as for one that does not exist."""
        companies = self._own_companies()
        if companies is None:
            return tuple(map(_board, sorted(self.boards or ())))
        if self.boards is None:
            return tuple(map(_company, sorted(companies)))
        return tuple(_company_and_board(company, board) for company in sorted(companies) for board in sorted(self.boards))


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """`next`: where the next page begins; None on the last page. `total` counts the sessions of all pages, on the first page only;
    `more_than_total`: there may be more than were counted."""

    sessions: Sequence[ChatSession]
    next: HistoryCursor | None
    total: int = 0
    more_than_total: bool = False


def words_from(search: str) -> tuple[str, ...]:
    """The words of a search, the MAX_SEARCH_WORDS longest; () for an empty one. Raises BadArgument."""
    if len(search) > MAX_SEARCH:
        raise BadArgument(f"A search has at most {MAX_SEARCH} characters.", field="search")
    words = sorted(set(words_of(search)), key=lambda word: (-len(word), word))
    if search.strip() and not words:
        raise BadArgument("A search needs a letter or a digit.", field="search")
    return tuple(words[:MAX_SEARCH_WORDS])


def header_texts(session: ChatSession) -> list[str]:
    """The texts that are searched before the messages."""
    number = str(session.ticket_number) if session.ticket_number else ""
    note = session.close_record.note if session.close_record else ""
    return [session.title, session.customer.name, session.company_name, number, session.creator.name, note]


def texts_of(entry: Entry) -> list[str]:
    """The texts of an entry that are searched: all in which somebody may be named, because erasing finds the sessions by their words."""
    texts = list[str]()
    for event in entry.events:
        match event:
            case MessagePosted(_, text, files):
                texts += [text, *(file.name for file in files)]
            case NoteWritten(_, text):
                texts.append(text)
            case ParticipantJoined(person):
                texts.append(person.name)
            case CallbackAsked(wish):
                texts.append(wish.note)
            case TicketWished(NewTicket() as wish):
                texts.append(wish.summary)
            case FeedbackCommented(text) | CloseNoted(text):
                texts.append(text)
            case _:
                pass
    return texts


def terms_of(session: ChatSession, words: Iterable[str], *, cut: bool = False) -> frozenset[str]:
    """The session's terms; none for a voided one, which nobody may see and which has no text. `cut`: it has more words."""
    if session.voided:
        return frozenset()
    values = {_customer(session.customer.id), _status(session.status), _type(session.type)}
    located = {_company(session.company_id), _board(session.board_id), _company_and_board(session.company_id, session.board_id)}
    return frozenset({ALL, *words, *values, *located, *([CUT] if cut else [])})


def _customer(id: str) -> str:
    return f"customer={id}"


def _company(id: str) -> str:
    return f"company={id}"


def _board(id: str) -> str:
    return f"board={id}"


def _company_and_board(company_id: str, board_id: str) -> str:
    return f"company={company_id},board={board_id}"


def _status(status: ChatStatus) -> str:
    return f"status={status.value}"


def _type(type: ChatType) -> str:
    return f"type={type.value}"
