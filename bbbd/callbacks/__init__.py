"""Callbacks: calls to applications, delivered whatever fails on the way."""
