"""One question to a hub: what comes back, and what is said when nothing does."""

import socket
import threading

import pytest

from attention_course.lab import hub
from tests.lab.stand_in_hub import (
    break_off,
    refuse,
    send,
    send_elsewhere,
    stand_in_hub,
    stay_silent,
)

LIMIT = hub.ANSWER


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A busy machine may be slow to answer itself; tests of the limit set their own."""
    monkeypatch.setattr(hub, "ANSWER", 60)
    monkeypatch.setattr(hub, "SILENCE", 60)


def nobody() -> str:
    """An address on this machine where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_what_the_hub_sends_arrives_without_a_token(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_reader")
    with stand_in_hub(send(b"weights")) as served:
        assert hub.fetch(f"{served.address}/a/b") == b"weights"
    ((path, headers),) = served.asked
    assert path == "/a/b"
    assert "hf_of_the_reader" not in str(headers)
    assert "Authorization" not in headers


def test_a_redirection_is_followed():
    with stand_in_hub(send_elsewhere) as served:
        assert hub.fetch(f"{served.address}/a/b") == b"from elsewhere"
    assert [path for path, _ in served.asked] == ["/a/b", "/elsewhere/file"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refuse, "the model hub answered 401 Unauthorized"),
        (break_off, "the model hub broke off"),
    ],
)
def test_an_answer_that_is_no_file_is_told_after_one_try(answer, said):
    with (
        stand_in_hub(answer) as served,
        pytest.raises(LookupError, match=said),
    ):
        hub.fetch(f"{served.address}/a/b")
    assert len(served.asked) == 1


def test_a_hub_that_is_silent_is_given_up_while_it_is_still_silent(monkeypatch):
    assert LIMIT < 3
    monkeypatch.setattr(hub, "ANSWER", 0.3)
    said = "the model hub did not answer within 0.3 seconds"
    with stand_in_hub(stay_silent) as served:
        with pytest.raises(LookupError, match=said):
            hub.fetch(f"{served.address}/a/b")
        assert not served.closing.is_set()
        assert len(served.asked) <= 1


def test_a_hub_that_falls_silent_in_the_middle_is_given_up(monkeypatch):
    monkeypatch.setattr(hub, "SILENCE", 1)

    def fall_silent(asked):
        asked.send_response(200)
        asked.send_header("Content-Length", "1000")
        asked.end_headers()
        asked.wfile.write(b"half")
        stay_silent(asked)

    with stand_in_hub(fall_silent) as served:
        with pytest.raises(LookupError, match="the model hub broke off .*timed out"):
            hub.fetch(f"{served.address}/a/b")
        assert not served.closing.is_set()


def test_a_name_that_takes_for_ever_to_look_up_is_given_up(monkeypatch):
    """A socket's own limit begins after the look-up."""
    given_up = threading.Event()
    monkeypatch.setattr(hub, "ANSWER", 0.3)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: given_up.wait(10))
    with pytest.raises(LookupError, match=r"did not answer within 0\.3 seconds"):
        hub.fetch("http://hub.example.org/a/b")
    given_up.set()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (nobody(), r"the model hub did not answer \(.*refused"),
        ("hub.example.org", r"the model hub did not answer \(unknown url type"),
    ],
    ids=["nobody listens", "no address"],  # a free port has another number each time
)
def test_a_hub_that_is_not_there_is_told(address, said):
    with pytest.raises(LookupError, match=said):
        hub.fetch(f"{address}/a/b")
