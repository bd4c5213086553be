"""Schemas, tables, queries, and the SQL text that reaches a database."""
