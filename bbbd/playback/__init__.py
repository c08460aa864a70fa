"""Published recordings over HTTP, and the player's page."""
