"""The way from any earlier schema to this one (Alembic)."""
