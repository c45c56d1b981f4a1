"""The tables on the server: those of the models, with what SQLite gives them unasked."""

from __future__ import annotations

from peewee import AutoField, SchemaManager

from lottogrid.ledger.models import SCHEMA_VERSION, TABLES, Table
from lottogrid.ledger.postgres.connection import Database

# A sequence would leave gaps where a transaction is undone; the numbers of the journal have none.
_NUMBERED = """
CREATE FUNCTION next_in_{table}() RETURNS bigint LANGUAGE plpgsql AS
$$ BEGIN RETURN (SELECT coalesce(max({column}), 0) + 1 FROM {table}); END $$
"""
_REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the journal is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$
"""
_APPEND_ONLY = """
CREATE TRIGGER journal_change BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def create(database: Database) -> None:
    """Create the tables, all of them or none."""
    execute = database.execute_sql
    with database.statements.connection.transaction():
        for table in TABLES:
            SchemaManager(table, database).create_all(safe=False)
            name = table._meta.table_name  # noqa: SLF001 - peewee's documented place for it
            # The order of the rows' coming, under the name that it has in SQLite.
            execute(f'ALTER TABLE "{name}" ADD COLUMN rowid BIGSERIAL')
            if (column := _numbered(table)) is not None:
                execute(_NUMBERED.format(table=name, column=column))
                execute(f'ALTER TABLE "{name}" ALTER COLUMN {column} SET DEFAULT next_in_{name}()')
        execute(_REFUSE)
        execute(_APPEND_ONLY)
        execute("INSERT INTO meta (key, value) VALUES ('schema', ?)", (str(SCHEMA_VERSION),))


def _numbered(table: type[Table]) -> str | None:
    key = table._meta.primary_key  # noqa: SLF001 - likewise
    return str(key.column_name) if isinstance(key, AutoField) else None
