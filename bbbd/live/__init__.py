"""People in a meeting, the server's half: connections, commands, visibility."""
