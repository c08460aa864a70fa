"""The meeting's page, the browser's half, and what serves it."""
