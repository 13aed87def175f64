"""amoCRM and Kommo: the connector, and the emulator that stands in for the service."""
