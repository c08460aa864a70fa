"""One server, put together from the parts of all packages."""
