"""From findings to tasks: when, to whom, in which words, and what to do about those already there. Pure."""
