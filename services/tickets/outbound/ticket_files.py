"""The files of tickets in the store."""

from servicekit.mongo import Mongo
from servicekit.mongo_files import MongoFiles
from services.tickets.domain.errors import AttachmentNotFound
from services.tickets.domain.uploads import Upload


def files_of(mongo: Mongo) -> MongoFiles[Upload]:
    return MongoFiles(mongo, "ticket_id", Upload, AttachmentNotFound)
