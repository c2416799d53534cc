"""Schema and connections of the simulator's SQLite file.

SQLite and not the shop's PostgreSQL, on purpose: the simulator plays another company's server.
It must not share a transaction, a lock or a failure with the shop, and must restart with its
data after either of them was killed.
"""

import sqlite3
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  parent TEXT,
  created INTEGER NOT NULL,
  doc TEXT NOT NULL,
  hidden TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_parent ON objects (parent, kind, seq);
CREATE INDEX IF NOT EXISTS charges_by_order
  ON objects (json_extract(doc, '$.metadata.order_id')) WHERE kind = 'charge';
CREATE TABLE IF NOT EXISTS answers (
  key TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  request_id TEXT NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  answered REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS answers_by_age ON answers (answered);
CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event TEXT NOT NULL,
  due REAL NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL,
  outcome TEXT
);
CREATE INDEX IF NOT EXISTS deliveries_waiting ON deliveries (due)
  WHERE state = 'waiting';
"""


def open_connection(path: Path) -> sqlite3.Connection:
    """Open a connection; `synchronous=FULL` makes a commit survive a power cut, not only a kill."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    # 16 MB, a few thousand payments: a checkpoint of the write-ahead log waits for the disk.
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    connection.executescript(SCHEMA)
    return connection
