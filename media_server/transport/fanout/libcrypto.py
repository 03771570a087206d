"""AES-GCM contexts of libcrypto: the addresses that compiled code calls, and the life of each context."""

from __future__ import annotations

import ctypes
import ssl
import weakref
from typing import Final

from media_server.rtp.leg import RtpCipher

# The copy that the interpreter's own ssl module has loaded comes first; an interpreter may also have none of its own.
_SONAMES: Final = (f"libcrypto.so.{ssl.OPENSSL_VERSION_INFO[0]}", "libcrypto.so.3")
_CIPHER_BY_KEY_BYTES: Final = {16: "EVP_aes_128_gcm", 32: "EVP_aes_256_gcm"}


class LibcryptoMissing(Exception):
    """There is no libcrypto here, or none with the functions that are needed."""


def address_of(library: ctypes.CDLL, name: str) -> int:
    """Where a function of `library` begins. Raises AttributeError when it has none of that name."""
    return int(ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0)


class Libcrypto:
    """The functions of one loaded libcrypto. Raises LibcryptoMissing."""

    def __init__(self) -> None:
        library = _load()
        try:
            self.encrypt_init = address_of(library, "EVP_EncryptInit_ex")
            self.encrypt_update = address_of(library, "EVP_EncryptUpdate")
            self.encrypt_final = address_of(library, "EVP_EncryptFinal_ex")
            self.control = address_of(library, "EVP_CIPHER_CTX_ctrl")
            self._ciphers = {
                size: ctypes.CFUNCTYPE(ctypes.c_void_p)((name, library))()
                for size, name in _CIPHER_BY_KEY_BYTES.items()
            }
            self._new = ctypes.CFUNCTYPE(ctypes.c_void_p)(("EVP_CIPHER_CTX_new", library))
            self._free = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(("EVP_CIPHER_CTX_free", library))
            self._init = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_void_p] * 5)(("EVP_EncryptInit_ex", library))
        except AttributeError as error:
            raise LibcryptoMissing(str(error)) from error

    def new_context(self, key: bytes) -> int:
        """A context that seals with `key` (16 or 32 bytes) and 12-byte nonces, which is their default length.

        Whoever asks frees it. Raises MemoryError.
        """
        context = self._new()
        if not context or self._init(context, self._ciphers[len(key)], None, key, None) != 1:
            self._free(context)
            raise MemoryError("libcrypto made no AES-GCM context")
        return int(context)

    def free_context(self, context: int) -> None:
        """Erase and release a context."""
        self._free(context)


class GcmContexts:
    """One context for each cipher, made when it is first asked for and freed with the cipher.

    A leg holds its cipher, so a context outlives every leg that names it.
    """

    def __init__(self, libcrypto: Libcrypto) -> None:
        self._libcrypto = libcrypto
        self._by_cipher: weakref.WeakKeyDictionary[RtpCipher, int] = weakref.WeakKeyDictionary()

    def of(self, cipher: RtpCipher) -> int:
        """The address of the context of `cipher`."""
        context = self._by_cipher.get(cipher)
        if context is None:
            context = self._libcrypto.new_context(cipher.key)
            self._by_cipher[cipher] = context
            weakref.finalize(cipher, self._libcrypto.free_context, context).atexit = False
        return context

    def __len__(self) -> int:
        return len(self._by_cipher)


def _load() -> ctypes.CDLL:
    for soname in _SONAMES:
        try:
            return ctypes.CDLL(soname)
        except OSError:
            continue
    raise LibcryptoMissing(f"none of {', '.join(_SONAMES)} is installed")
