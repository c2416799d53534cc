"""Encryption of secrets that the database must store in a form that can be read again."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from os import urandom
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES, NONCE_BYTES = 32, 12


class NotDecrypted(Exception):
    """It was encrypted with another key, or for another owner."""


class SecretCipher:
    """AES-256-GCM with a key derived from a secret of the settings; one for each purpose.

    A ciphertext belongs to its owner: put into another row, it cannot be decrypted.
    """

    def __init__(self, secret: str, *, purpose: str) -> None:
        key = HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode())
        self._cipher = AESGCM(key.derive(secret.encode()))

    def encrypt(self, text: str, *, owner_id: UUID) -> str:
        nonce = urandom(NONCE_BYTES)
        content = self._cipher.encrypt(nonce, text.encode(), owner_id.bytes)
        return urlsafe_b64encode(nonce + content).decode()

    def decrypt(self, encrypted: str, *, owner_id: UUID) -> str:
        """Raises `NotDecrypted`."""
        content = urlsafe_b64decode(encrypted)
        nonce, content = content[:NONCE_BYTES], content[NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, content, owner_id.bytes).decode()
        except InvalidTag as error:
            raise NotDecrypted from error
