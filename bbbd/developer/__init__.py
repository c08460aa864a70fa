"""Developer mode: the server that integrators build and test against. Nothing else imports it."""
