"""Rules about the design of a web API: paths, methods, versions, success statuses."""
