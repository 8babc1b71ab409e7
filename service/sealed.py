"""What of the service's file triggers seal: each row has a checksum beside its columns, whoever wrote it."""

from index.store.seals import is_sealed

SEALED = {
    table: is_sealed(table, columns)
    for table, columns in {
        "kept": "id, at, question, body, key, until",
        "pending": "id, tool, sent, until, owner, leased",
        "feeds": """name, address, first_at, tried_at, answered_at, brought_at, next_at, failures, reason, notice, etag,
            modified, whole_at, silent_after""",
        "entries": """feed, key, guid, title, digest, state, body, attempts, looks, due_at, seen_at, fetched_at,
            published, article, etag, modified, reason""",
        "addresses": "prefix, key, article",
    }.items()
}
