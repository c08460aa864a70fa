"""One server, assembled from the parts of all packages."""
