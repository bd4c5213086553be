"""Rules about what requests bring in and what responses give out."""
