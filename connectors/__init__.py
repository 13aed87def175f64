"""Speaks the CRMs: one folder a CRM, and the emulators that stand in for them."""
