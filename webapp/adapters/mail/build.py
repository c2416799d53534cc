"""Chooses the mail adapter by `MAIL_URL`."""

from importlib import import_module
from urllib.parse import urlsplit

from webapp.adapters.mail.folder import MailFolder
from webapp.adapters.mail.port import MailSender
from webapp.adapters.mail.smtp import SMTPMail
from webapp.config import Settings


def open_mail(settings: Settings) -> MailSender:
    url, sender = settings.mail_url, settings.mail_from
    if url.startswith("file:"):
        return MailFolder(settings.path_of(url), sender=sender)
    if url.startswith("ses://"):
        ses = import_module("webapp.adapters.mail.ses")  # boto3: 10 MB and 0.3 s
        mail: MailSender = ses.SESMail(urlsplit(url).netloc, sender=sender)
        return mail
    return SMTPMail(url, sender=sender)
