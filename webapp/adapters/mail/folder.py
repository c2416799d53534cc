"""Mail as `.eml` files in a folder, for development."""

import os
from pathlib import Path

from webapp.adapters.mail.port import Mail, MailUnavailable, build_message


class FolderMailSender:
    """Writes one `.eml` per mail, named by its message id: a repetition replaces its file."""

    def __init__(self, folder: Path, *, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, mail: Mail) -> None:
        path = self._folder / f"{mail.message_id}.eml"
        draft = path.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(bytes(build_message(mail, sender=self._sender)))
            draft.replace(path)
        except OSError as error:
            raise MailUnavailable(
                f"The mail folder cannot be written: {error}"
            ) from error

    def check_recipient(self, address: str) -> None:
        """A file takes every address."""

    def check(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MailUnavailable(
                f"The mail folder cannot be created: {error}"
            ) from error
        if not os.access(self._folder, os.W_OK):
            raise MailUnavailable(f"The mail folder {self._folder} cannot be written")
