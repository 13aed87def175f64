"""Rules, facts and what became of them in words for people, Russian and English. Pure."""
