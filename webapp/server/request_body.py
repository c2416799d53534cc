"""Reads a request's body for the application, to which malformed chunks are the client's error."""

from collections.abc import Callable

from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest


def check_chunks(read: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """Wrap the `read` of gunicorn's reader, which parses chunks and trailers when it is called, so
    that it raises `BadRequest` for what is none."""

    def read_checked(size: int) -> bytes:
        try:
            return read(size)
        except ParseException as error:
            raise BadRequest("The chunks of the body are malformed") from error

    return read_checked
