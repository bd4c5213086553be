"""Rules of the family `concurrency`."""
