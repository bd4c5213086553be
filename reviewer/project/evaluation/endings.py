"""How a block of statements ended: it fell through, or a statement left it."""

from __future__ import annotations

#: How a block ended: fell through, or by one of these statements.
FALLS_THROUGH, RETURNS, RAISES, BREAKS, CONTINUES = range(5)
