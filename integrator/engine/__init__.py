"""Rules: packs are loaded into a rule set, and a rule set decides about facts."""
