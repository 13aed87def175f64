"""A rule engine that plugs into CRMs and keeps what sales departments lose."""
