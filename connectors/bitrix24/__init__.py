"""Bitrix24: the connector, its mapping and webhooks, and an emulator of the portal to try them on."""
