"""The settings of an operator, the files they are read from, and the shared secret."""
