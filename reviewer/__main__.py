"""`python -m reviewer` is the command `reviewer`."""

from __future__ import annotations

from reviewer.cli.main import main

main()
