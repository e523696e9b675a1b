"""Handlers for programs of threads: an event loop in a thread serves, and what blocks waits for it."""
