"""What runs on the event loop: calls that block it, coroutines and who waits for them."""
