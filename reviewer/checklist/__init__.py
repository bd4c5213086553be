"""The review checklists: what their bullets ask for, which rules stand for them, and where a project stands."""

from __future__ import annotations

from reviewer.checklist.documents import BULLETS, DOCUMENTS

__all__ = ["BULLETS", "DOCUMENTS"]
