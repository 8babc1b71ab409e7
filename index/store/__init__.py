"""SQLite: the truth, from which vectors and words can always be made again.

One writer at a time, held off by SQLite's own lock; any number of readers, each of which sees one whole state.
"""

from index.store.connections import Connection, Connections, newest_format
from index.store.database import Store
from index.store.identities import note
from index.store.kinds import Current, Filed, Filterable, Job, Kept, Numbers, Tally, Unfinished
from index.store.repeats import Boilerplate, Repeats, Standing
from index.store.snapshot import Snapshot
from index.store.transaction import Transaction

__all__ = [
    "Boilerplate",
    "Connection",
    "Connections",
    "Current",
    "Filed",
    "Filterable",
    "Job",
    "Kept",
    "Numbers",
    "Repeats",
    "Snapshot",
    "Standing",
    "Store",
    "Tally",
    "Transaction",
    "Unfinished",
    "newest_format",
    "note",
]
