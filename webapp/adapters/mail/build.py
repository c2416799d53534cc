"""Chooses the mail adapter by `MAIL_URL`."""

from importlib import import_module
from urllib.parse import urlsplit

from webapp.adapters.mail.folder import FolderMailSender
from webapp.adapters.mail.port import MailSender
from webapp.adapters.mail.smtp import SMTPMailSender
from webapp.config import Settings


def build_mail_sender(settings: Settings) -> MailSender:
    url, sender = settings.mail_url, settings.mail_from
    if url.startswith("file:"):
        return FolderMailSender(settings.resolve_path(url), sender=sender)
    if url.startswith("ses://"):
        # Imported here: boto3 costs 10 MB and 0.3 s.
        ses = import_module("webapp.adapters.mail.ses")
        mail: MailSender = ses.SESMailSender(urlsplit(url).netloc, sender=sender)
        return mail
    return SMTPMailSender(url, sender=sender)
