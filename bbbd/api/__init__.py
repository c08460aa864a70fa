"""The HTTP API: the table of calls, their checks, parameters and answers."""
