"""Settings, and what stands in the source instead of in them."""
