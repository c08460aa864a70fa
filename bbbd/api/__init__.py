"""The HTTP API: every call, how it is checked, read and answered."""
