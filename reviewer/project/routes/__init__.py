"""The effective web API: applications, routers and routes of FastAPI, Starlette and Flask, and questions about them."""
