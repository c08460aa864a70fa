"""Developer mode: a server for integrators to build and test against. No other package imports it."""
