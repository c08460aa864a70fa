"""Why a checksum is wrong: the mistake that a caller most likely made."""
