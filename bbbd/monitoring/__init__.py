"""Monitoring: health, readiness, and the metrics in Prometheus' format."""
