"""The ``bbbd`` command: one module for each subcommand."""
