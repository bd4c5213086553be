"""Rules for git: how branches and commits are named."""
