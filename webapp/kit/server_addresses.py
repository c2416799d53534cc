"""What is unsafe about the address of a server on another machine. Pure."""

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import parse_qsl, unquote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from webapp.kit.secret_strength import PASSWORD_GUESSES_LOG10, is_guessable

ENCRYPTED_MODES = {"require", "verify-ca", "verify-full"}
PASSWORD_REMEDY = "put a long random one into the address"  # noqa: S105 - a sentence


def list_postgres_problems(url: str, environment: Mapping[str, str]) -> list[str]:
    """Causes with remedies; `environment` may hold libpq's variables. None for this machine."""
    try:
        given = conninfo_to_dict(url)
    except ProgrammingError as error:
        return [f"cannot be read ({str(error).strip()})"]
    if _is_postgres_of_this_machine(given, environment):
        return []
    problems = []
    if (given.get("sslmode") or environment.get("PGSSLMODE")) not in ENCRYPTED_MODES:
        problems.append("may be unencrypted: add ?sslmode=verify-full")
    is_authenticated_otherwise = given.get("sslcert") or given.get("passfile")
    password = given.get("password") or environment.get("PGPASSWORD")
    if not is_authenticated_otherwise:
        problems += _list_password_problems(str(password or ""))
    return problems


def _is_postgres_of_this_machine(
    given: Mapping[str, object], environment: Mapping[str, str]
) -> bool:
    """Whether libpq connects to this machine; a service may name any."""
    if given.get("service") or environment.get("PGSERVICE"):
        return False
    addresses = given.get("hostaddr") or environment.get("PGHOSTADDR")
    hosts = addresses or given.get("host") or environment.get("PGHOST") or ""
    return all(_is_this_machine(host) for host in str(hosts).split(","))


def list_redis_problems(url: str) -> list[str]:
    """Causes with remedies. None for this machine."""
    address = urlsplit(url)
    if _is_this_machine(address.hostname or ""):
        return []
    problems = []
    if address.scheme != "rediss":
        problems.append("is unencrypted: use rediss://")
    if dict(parse_qsl(address.query)).get("ssl_cert_reqs", "required") != "required":
        problems.append("trusts any certificate: remove ssl_cert_reqs")
    return problems + _list_password_problems(unquote(address.password or ""))


def list_http_problems(url: str) -> list[str]:
    """Causes with remedies. None for this machine."""
    address = urlsplit(url)
    if address.scheme != "http" or _is_this_machine(address.hostname or ""):
        return []
    return ["is unencrypted: use https://"]


def is_only_of_this_machine(url: str) -> bool:
    """Whether others cannot reach the address."""
    return _is_this_machine(urlsplit(url).hostname or "")


def _list_password_problems(password: str) -> list[str]:
    if not password:
        return [f"has no password: {PASSWORD_REMEDY}"]
    if is_guessable(password, guesses_log10=PASSWORD_GUESSES_LOG10):
        return [f"has a password that can be guessed: {PASSWORD_REMEDY}"]
    return []


def _is_this_machine(host: str) -> bool:
    """No host or a path is a Unix socket."""
    if host in {"", "localhost"} or host.startswith(("/", "@")):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
