"""The symbolic evaluator: values of expressions, executed without running anything."""
