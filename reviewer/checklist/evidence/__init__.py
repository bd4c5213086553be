"""Evidence: what can be counted in the model of a project for a bullet of the checklists."""
