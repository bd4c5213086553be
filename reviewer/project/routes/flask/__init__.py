"""Flask and the libraries around it: applications, blueprints and what they serve."""
