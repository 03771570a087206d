"""Contexts of libcrypto: the addresses that compiled code calls, and the life of each context."""

from __future__ import annotations

import ctypes
import ssl
import weakref
from collections.abc import Callable
from typing import Any, Final

from media_server.rtp.leg import RtpCipher

# The copy that the interpreter's own ssl module has loaded comes first; an interpreter may also have none of its own.
_SONAMES: Final = (f"libcrypto.so.{ssl.OPENSSL_VERSION_INFO[0]}", "libcrypto.so.3")
_GCM_BY_KEY_BYTES: Final = {16: "EVP_aes_128_gcm", 32: "EVP_aes_256_gcm"}
_COUNTER_MODE: Final = "EVP_aes_128_ctr"
_UTF8_STRING: Final = 4
"""OSSL_PARAM_UTF8_STRING."""


class _Param(ctypes.Structure):
    """OSSL_PARAM of OpenSSL 3; one with nothing in it ends a list of them."""

    _fields_ = (
        ("key", ctypes.c_char_p),
        ("data_type", ctypes.c_uint),
        ("data", ctypes.c_char_p),
        ("data_size", ctypes.c_size_t),
        ("return_size", ctypes.c_size_t),
    )


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
            self.mac_init = address_of(library, "EVP_MAC_init")
            self.mac_update = address_of(library, "EVP_MAC_update")
            self.mac_final = address_of(library, "EVP_MAC_final")
            self._gcm = {size: _function(library, name)() for size, name in _GCM_BY_KEY_BYTES.items()}
            self._counter_mode = _function(library, _COUNTER_MODE)()
            self._new = _function(library, "EVP_CIPHER_CTX_new")
            self._free = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(("EVP_CIPHER_CTX_free", library))
            self._init = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_void_p] * 5)(("EVP_EncryptInit_ex", library))
            self._new_mac = _function(library, "EVP_MAC_CTX_new", ctypes.c_void_p)
            self._free_mac = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(("EVP_MAC_CTX_free", library))
            self._init_mac = ctypes.CFUNCTYPE(
                ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(_Param)
            )(("EVP_MAC_init", library))
            fetch = _function(library, "EVP_MAC_fetch", ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
            self._hmac = fetch(None, b"HMAC", None)
        except AttributeError as error:
            raise LibcryptoMissing(str(error)) from error

    def new_context(self, key: bytes) -> int:
        """A context that seals by AES-GCM with `key` (16 or 32 bytes) and nonces of 12 bytes, their default length.

        Whoever asks frees it. Raises MemoryError.
        """
        return self._new_cipher_context(self._gcm[len(key)], key)

    def new_counter_context(self, key: bytes) -> int:
        """A context that encrypts by AES in counter mode with `key` (16 bytes); the rest as `new_context`."""
        return self._new_cipher_context(self._counter_mode, key)

    def free_context(self, context: int) -> None:
        """Erase and release a context of either kind."""
        self._free(context)

    def new_mac_context(self, key: bytes) -> int:
        """A context that authenticates by HMAC-SHA1 with `key`. Whoever asks frees it. Raises MemoryError."""
        context = self._new_mac(self._hmac) if self._hmac else None
        parameters = (_Param * 2)(_Param(b"digest", _UTF8_STRING, b"SHA1", len(b"SHA1"), 0), _Param())
        if not context or self._init_mac(context, key, len(key), parameters) != 1:
            self._free_mac(context)
            raise MemoryError("libcrypto made no HMAC context")
        return int(context)

    def free_mac_context(self, context: int) -> None:
        """Erase and release a context of `new_mac_context`."""
        self._free_mac(context)

    def _new_cipher_context(self, cipher: int | None, key: bytes) -> int:
        context = self._new()
        if not context or self._init(context, cipher, None, key, None) != 1:
            self._free(context)
            raise MemoryError("libcrypto made no AES context")
        return int(context)


class Contexts:
    """The contexts of each cipher, made when they are first asked for and freed with the cipher.

    A leg holds its cipher, so a context outlives every leg that names it.
    """

    def __init__(self, libcrypto: Libcrypto) -> None:
        self._libcrypto = libcrypto
        self._by_cipher: weakref.WeakKeyDictionary[RtpCipher, tuple[int, int]] = weakref.WeakKeyDictionary()

    def of(self, cipher: RtpCipher) -> tuple[int, int]:
        """The addresses of the contexts of `cipher`: to encrypt, and to authenticate, which is 0 for AES-GCM."""
        contexts = self._by_cipher.get(cipher)
        if contexts is None:
            contexts = self._by_cipher[cipher] = self._made(cipher)
        return contexts

    def _made(self, cipher: RtpCipher) -> tuple[int, int]:
        libcrypto = self._libcrypto
        if not cipher.authentication_key:
            context = libcrypto.new_context(cipher.key)
            weakref.finalize(cipher, libcrypto.free_context, context).atexit = False
            return context, 0
        context = libcrypto.new_counter_context(cipher.key)
        weakref.finalize(cipher, libcrypto.free_context, context).atexit = False
        mac_context = libcrypto.new_mac_context(cipher.authentication_key)
        weakref.finalize(cipher, libcrypto.free_mac_context, mac_context).atexit = False
        return context, mac_context

    def __len__(self) -> int:
        return len(self._by_cipher)


def _function(library: ctypes.CDLL, name: str, *arguments: Any) -> Callable[..., int | None]:
    """A function that returns an address. Raises AttributeError."""
    return ctypes.CFUNCTYPE(ctypes.c_void_p, *arguments)((name, library))


def _load() -> ctypes.CDLL:
    for soname in _SONAMES:
        try:
            return ctypes.CDLL(soname)
        except OSError:
            continue
    raise LibcryptoMissing(f"none of {', '.join(_SONAMES)} is installed")
