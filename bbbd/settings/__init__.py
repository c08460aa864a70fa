"""The settings of an operator: declared, read from files; and the shared secret."""
