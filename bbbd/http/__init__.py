"""HTTP in: connections, requests, files, limits. It knows no meeting."""
