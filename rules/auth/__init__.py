"""Rules about authentication and authorization."""
