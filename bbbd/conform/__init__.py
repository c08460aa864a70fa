"""The conformance kit: what the contract says of a BigBlueButton endpoint, asked of any of them from outside.

It knows an endpoint only by its URL and shared secret, and of bbbd nothing but how a checksum is made. So it says
the contract's words again, on purpose: what bbbd got wrong in its own tables would else be wrong here too.
"""
