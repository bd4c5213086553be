"""The requests that tests make, joined with the routes."""
