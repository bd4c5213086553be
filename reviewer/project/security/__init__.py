"""What keeps secrets and callers apart: secret values in the source, tokens, cookies, who may do what."""
