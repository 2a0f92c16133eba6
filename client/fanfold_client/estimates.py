"""What a batch would cost."""

from fanfold_client.models import Estimated


class FileEstimate(Estimated):
    """An estimate, and the draft that was planned for it if there is one."""

    id: str | None = None
