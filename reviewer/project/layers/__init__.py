"""The layers of an application, and what crosses them."""
