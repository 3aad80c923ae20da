"""Keyed hashes of sealed texts: by them a text is found again, and by nobody without the key.

The key is drawn once a database and sealed in it, so that hashes of two sites cannot be compared
and outlive a change of the data key.
"""

import hashlib
import hmac


def keyed(site_key: bytes, purpose: str, text: str) -> bytes:
    """32 bytes; hashes for two purposes have nothing in common."""
    return hmac.digest(site_key, f"{purpose}\0{text}".encode(), hashlib.sha256)


def caseless(text: str) -> str:
    """`text` as numbers and names of accounts are compared: without the case of ASCII letters."""
    return "".join(letter.upper() if letter.isascii() else letter for letter in text)
