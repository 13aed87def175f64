"""The database: the only package that speaks SQL. One module a group of tables, on SQLite and PostgreSQL alike."""
