//! SQLite: the journal of events, folded tables, migrations.
