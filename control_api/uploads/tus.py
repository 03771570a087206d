"""The headers of tus 1.0 (https://tus.io/protocols/resumable-upload), read and written."""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime

from control_api.errors import UnsupportedMediaType
from control_api.uploads.errors import MalformedUpload, TusVersionUnsupported
from control_api.uploads.models import Upload

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,termination"
BODY = "application/offset+octet-stream"
MAX_METADATA_CHARS = 4_096
_NUMBER = re.compile(r"[0-9]{1,15}")
_KEY = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,64}")

Headers = Mapping[str, str]


def check_version(headers: Headers) -> None:
    """Raises TusVersionUnsupported."""
    if headers.get("Tus-Resumable") != VERSION:
        raise TusVersionUnsupported


def check_body_type(content_type: str) -> None:
    """Raises UnsupportedMediaType."""
    if content_type != BODY:
        raise UnsupportedMediaType(f"Send the bytes as {BODY}.")


def number(headers: Headers, name: str) -> int:
    """A header that is a count of bytes. Raises MalformedUpload."""
    text = headers.get(name, "").strip()
    if not _NUMBER.fullmatch(text):
        raise MalformedUpload(f"The header {name} is missing, or no number of bytes.")
    return int(text)


def metadata(headers: Headers) -> dict[str, str]:
    """Upload-Metadata: pairs of a key and base64 of UTF-8, separated by commas. Raises MalformedUpload."""
    text = headers.get("Upload-Metadata", "")
    if len(text) > MAX_METADATA_CHARS:
        raise MalformedUpload("The header Upload-Metadata is too long.")
    said: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key, _, value = pair.partition(" ")
        if not _KEY.fullmatch(key) or key in said:
            raise MalformedUpload("The header Upload-Metadata has a key that is none, or twice.")
        try:
            said[key] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, ValueError):
            raise MalformedUpload("The header Upload-Metadata has a value that is not base64 of UTF-8.") from None
    return said


def of_server(max_bytes: int) -> dict[str, str]:
    """What the answer to OPTIONS says."""
    return {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(max_bytes),
    }


def of_upload(upload: Upload) -> dict[str, str]:
    """Where an upload stands."""
    headers = {
        "Tus-Resumable": VERSION,
        "Upload-Offset": str(upload.offset_bytes),
        "Upload-Expires": http_date(upload.expires_at),
        "Cache-Control": "no-store",
    }
    if upload.track_id is not None:
        headers["X-Track-Id"] = str(upload.track_id)
    return headers


def http_date(moment: datetime) -> str:
    """RFC 9110 §5.6.7."""
    return format_datetime(moment.replace(microsecond=0), usegmt=True)
