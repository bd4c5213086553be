"""Who may do what: which routes demand more than a known caller, which compare the caller with the object they load."""
