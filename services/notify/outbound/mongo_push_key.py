"""The key pair with which all replicas sign pushes (VAPID, RFC 8292): one document, in `push_keys`.

The key is made once and kept, because subscriptions are bound to it: with another key every browser would have to subscribe again.
"""

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from pymongo.errors import DuplicateKeyError

from servicekit.clock import Clock
from servicekit.logs import log
from servicekit.moments import to_ms
from servicekit.mongo import Database, Document, store_errors
from services.notify.domain.subscription import to_base64url

COLLECTION = "push_keys"
ID = "vapid"


class MongoPushKey:
    """The port PushKey. Every replica reads the key once. Methods raise Unavailable while the store does not answer."""

    def __init__(self, database: Database[Document], clock: Clock) -> None:
        self._keys, self._clock = database[COLLECTION], clock
        self._vapid: Vapid02 | None = None

    async def public_key(self) -> str:
        public = (await self.vapid()).public_key
        return to_base64url(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    async def vapid(self) -> Vapid02:
        """Several replicas may make a key at the same time: the first insert decides, the others read it."""
        if self._vapid is None:
            with store_errors():
                document = await self._keys.find_one({"_id": ID}) or await self._made()
            self._vapid = Vapid02.from_raw(document["private_key"].encode())
        return self._vapid

    async def _made(self) -> Document:
        number = generate_private_key(SECP256R1()).private_numbers().private_value
        document: Document = {"_id": ID, "private_key": to_base64url(number.to_bytes(32, "big")), "created_at": to_ms(self._clock.now())}
        try:
            await self._keys.insert_one(document)
        except DuplicateKeyError:
            stored = await self._keys.find_one({"_id": ID})
            assert stored is not None  # keys are never deleted
            return stored
        log.info("push_key_made")
        return document
