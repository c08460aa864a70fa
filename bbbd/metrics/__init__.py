"""Metrics: the declaration of each, and the counters and histograms of one server."""
