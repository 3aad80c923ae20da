"""Threads and use cases, without Qt."""
