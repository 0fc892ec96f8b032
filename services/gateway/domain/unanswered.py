"""How much of one page may wait for chat's answers: chat may be slow, and the gateway must not grow with what a page sends meanwhile."""

MOST_POSTS = 100
MOST_BYTES = 256 * 1024


class Unanswered:
    """Posts of one line that have no answer yet."""

    def __init__(self) -> None:
        self._posts = self._bytes = 0

    def take(self, size: int) -> bool:
        """Whether there is room for one more post of so many bytes; then it is counted until it is given back."""
        if self._posts == MOST_POSTS or self._bytes + size > MOST_BYTES:
            return False
        self._posts, self._bytes = self._posts + 1, self._bytes + size
        return True

    def give_back(self, size: int) -> None:
        """One of them has its answer."""
        self._posts, self._bytes = self._posts - 1, self._bytes - size
