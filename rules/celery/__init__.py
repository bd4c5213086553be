"""Rules for Celery: how tasks are called, queued and configured."""
