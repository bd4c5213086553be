"""FastAPI and Starlette: applications, routers and what they serve."""
