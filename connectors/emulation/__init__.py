"""What both emulated CRMs share: a clock, faults, limits, a server, a sender of webhooks and the page for people."""
