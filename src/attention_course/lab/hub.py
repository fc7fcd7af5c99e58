"""One question to the model hub: with a limit, without a token, without a prompt.

The hub's own library asks again and again where no hub answers, for half a minute or,
where one is silent, for minutes. A reader gets one try and one sentence.
"""

from __future__ import annotations

import ssl
import threading
from concurrent.futures import Future
from http.client import HTTPException, HTTPResponse
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

__all__ = ["fetch"]

ANSWER = 2.5  # seconds to the first word of an answer, redirections included
SILENCE = 10.0  # seconds without a byte while the file arrives


def fetch(url: str) -> bytes:
    """Return what stands at an address of the hub.

    Raises:
        LookupError: no answer within ``ANSWER`` seconds, an answer that is no file, or
            one that breaks off; the error says which.
    """
    try:
        response = _first_word(url)
    except HTTPError as error:
        error.close()
        reason = f"the model hub answered {error.code} {error.reason}"
        raise LookupError(reason) from error
    except TimeoutError as error:
        reason = f"the model hub did not answer within {ANSWER:g} seconds"
        raise LookupError(reason) from error
    except (OSError, HTTPException, ValueError) as error:
        cause = error.reason if isinstance(error, URLError) else error
        raise LookupError(f"the model hub did not answer ({cause})") from error
    try:
        with response:
            return response.read()
    except (OSError, HTTPException) as error:
        raise LookupError(f"the model hub broke off ({error})") from error


def _first_word(url: str) -> HTTPResponse:
    """Ask in a thread: looking up a host's name knows no limit of its own."""
    answer: Future[HTTPResponse] = Future()

    def ask() -> None:
        try:
            request = Request(url, headers={"User-Agent": "attention-course"})
            answer.set_result(urlopen(request, timeout=SILENCE, context=_trusted()))
        except Exception as error:
            answer.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    return answer.result(timeout=ANSWER)


def _trusted() -> ssl.SSLContext:
    context = ssl.create_default_context()
    try:  # some installations of Python come without certificates
        import certifi
    except ImportError:
        return context
    context.load_verify_locations(certifi.where())
    return context
