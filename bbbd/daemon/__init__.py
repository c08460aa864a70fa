"""The process around a server: its command line, data directory, endpoints, signals and log."""
