"""Conformance kit: tests any BigBlueButton endpoint against the contract, from outside.

It knows an endpoint only by URL and shared secret, and imports nothing of bbbd but the checksum. It repeats
the contract's keys on purpose: a mistake in bbbd's own tables must not be repeated here.
"""
