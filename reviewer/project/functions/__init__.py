"""Functions of the project: what they call, who calls them, what they raise, and what a request reaches."""
