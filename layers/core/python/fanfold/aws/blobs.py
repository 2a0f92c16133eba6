"""S3: https://docs.aws.amazon.com/AmazonS3/latest/API/."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from fanfold.lines import split_lines
from fanfold.ports import Blob, UploadForm

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CopySourceTypeDef

PART = 1024 * 1024
ONE_THREAD = TransferConfig(use_threads=False)
"""Parts come from generators, which may belong to the thread that made them."""
MISSING = frozenset({"NoSuchKey", "404", "NotFound"})


class S3Blobs:
    """The objects of one bucket. Links and forms work for `link_seconds`."""

    def __init__(self, client: "S3Client", bucket: str, link_seconds: int) -> None:
        self._client, self._bucket, self._seconds = client, bucket, link_seconds

    def put(self, key: str, body: bytes | BinaryIO) -> None:
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body)

    def put_stream(self, key: str, parts: Iterable[bytes]) -> None:
        self._client.upload_fileobj(BufferedReader(_Stream(iter(parts))), self._bucket, key, Config=ONE_THREAD)

    def get(self, key: str) -> bytes:
        with _missing_is_key_error(key):
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def get_range(self, key: str, start: int, length: int) -> bytes:
        with _missing_is_key_error(key):
            span = f"bytes={start}-{start + length - 1}"
            return self._client.get_object(Bucket=self._bucket, Key=key, Range=span)["Body"].read()

    def lines(self, key: str, longest: int) -> Iterator[bytes]:
        with _missing_is_key_error(key):
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
        return split_lines(body.iter_chunks(PART), longest)

    def fetch(self, key: str, to: Path) -> None:
        with _missing_is_key_error(key), to.open("wb") as file:
            self._client.download_fileobj(self._bucket, key, file, Config=ONE_THREAD)

    def size(self, key: str) -> int:
        with _missing_is_key_error(key):
            return self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"]

    def version(self, key: str) -> str:
        with _missing_is_key_error(key):
            return self._client.head_object(Bucket=self._bucket, Key=key)["ETag"]

    def copy(self, key: str, to: str) -> None:
        with _missing_is_key_error(key):
            source: CopySourceTypeDef = {"Bucket": self._bucket, "Key": key}
            self._client.copy(source, self._bucket, to, Config=ONE_THREAD)

    def under(self, prefix: str, after: str = "") -> Iterator[Blob]:
        listed = self._client.get_paginator("list_objects_v2")
        for page in listed.paginate(Bucket=self._bucket, Prefix=prefix, StartAfter=after):
            yield from (Blob(each["Key"], each["Size"]) for each in page.get("Contents", []))

    def remove_if(self, key: str, etag: str) -> bool:
        try:
            with _missing_is_key_error(key):
                found = self._client.head_object(Bucket=self._bucket, Key=key)["ETag"].strip('"')
        except KeyError:
            return False
        if found == etag:
            self._client.delete_object(Bucket=self._bucket, Key=key)
        return found == etag

    def remove_under(self, prefix: str) -> None:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        for page in pages:
            found = [{"Key": each["Key"]} for each in page.get("Contents", [])]
            if found:
                self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": found, "Quiet": True})  # type: ignore[typeddict-item]

    def link(self, key: str, filename: str) -> str:
        asked = {
            "Bucket": self._bucket,
            "Key": key,
            "ResponseContentDisposition": f'attachment; filename="{filename}"',
        }
        return self._client.generate_presigned_url("get_object", Params=asked, ExpiresIn=self._seconds)

    def form(self, key: str, max_bytes: int) -> UploadForm:
        made = self._client.generate_presigned_post(
            self._bucket, key, Conditions=[["content-length-range", 1, max_bytes]], ExpiresIn=self._seconds
        )
        return UploadForm.model_validate(made)


class _Stream(RawIOBase):
    """Parts as a file that can be read once, as boto3's uploads want it."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts, self._rest = parts, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        while not self._rest:
            try:
                self._rest = memoryview(next(self._parts))
            except StopIteration:
                return 0
        room = memoryview(buffer)
        taken = min(len(room), len(self._rest))
        room[:taken], self._rest = self._rest[:taken], self._rest[taken:]
        return taken


@contextmanager
def _missing_is_key_error(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            raise KeyError(key) from error
        raise
