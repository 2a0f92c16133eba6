"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from fanfold_client.answers import Answer
from fanfold_client.models.shared import UploadForm


class Upload(Answer):
    """Send the file with the form, then make a job with this `upload`."""

    upload: str
    form: UploadForm
    max_bytes: int = 0
