"""Judges of names and messages that people give git: pure functions from text to problems."""
