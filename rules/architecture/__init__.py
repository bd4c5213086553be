"""Architecture: which layer does what."""
