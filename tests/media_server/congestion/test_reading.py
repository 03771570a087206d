"""Both forms of reading feedback do the same; which of them is used is found out by trying."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path as FilePath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.caching import CacheImpl

from media_server.congestion import compiled, trend
from media_server.congestion.choose import ReadersUnavailable, choose_readers
from media_server.congestion.compiled import COMPILED_OF, compile_hear, compiled_readers, digest_of_sources
from media_server.congestion.path import Path
from media_server.congestion.reading import MakeReader, plain_readers
from media_server.rtp.rtcp import TransportFeedback
from media_server.rtp.rtcp.statuses import FCI_HEAD
from media_server.rtp.rtcp.transport_feedback import MAX_STATUSES
from media_server.rtp.send_history import RING, SendHistory
from tests.fuzz.congestion import ARRIVALS
from tests.fuzz.target import pieces
from tests.media_server.congestion.call import Call
from tests.support.bottleneck import Bottleneck

MAX_FCI_BYTES = 1_480
"""What a datagram has room for."""

counts = st.one_of(st.integers(0, 60), st.integers(0, MAX_STATUSES))
chunks = st.one_of(st.integers(0, 0xFFFF), st.sampled_from([0x3FFF, 0x1FFF, 0x5FFF, 0xBFFF, 0xD555, 0xEAAA, 0x2001]))


def written(base: int, count: int, reference: int, said: list[int], rest: bytes) -> bytes:
    head = base.to_bytes(2, "big") + count.to_bytes(2, "big") + reference.to_bytes(3, "big") + b"\0"
    return (head + b"".join(chunk.to_bytes(2, "big") for chunk in said) + rest)[:MAX_FCI_BYTES]


deltas = st.lists(st.none() | st.integers(0, 255) | st.integers(-0x8000, 0x7FFF), max_size=80)
honest = st.builds(
    lambda behind, reference, said: (behind, TransportFeedback.of(1, 2, 0, reference, 0, said).fci),
    st.integers(0, 200),
    st.integers(0, 400),
    deltas,
)
hostile = st.builds(
    lambda behind, count, reference, said, rest: (behind, written(0, count, reference, said, rest)),
    st.integers(0, 0xFFFF),
    counts,
    st.integers(0, 0xFFFFFF),
    st.lists(chunks, max_size=40),
    st.binary(max_size=200) | st.binary(min_size=1_400, max_size=MAX_FCI_BYTES),
)
sends = st.lists(st.tuples(st.integers(0, 40_000), st.integers(1, 1_500)), max_size=50)
steps = st.lists(st.tuples(sends, honest | hostile, st.integers(0, 30)), max_size=12)


class Form:
    """One form's reading of one transport, with memory before and behind it that is not its own."""

    def __init__(self, readers: MakeReader, first: int) -> None:
        self._histories, self._paths = (SendHistory * 3)(), (Path * 3)()
        self.history, self.path = self._histories[1], self._paths[1]
        self.history.next_number = first
        self.read = readers(self.history, self.path)

    @property
    def state(self) -> tuple[bytes, bytes]:
        return bytes(self.history), bytes(self.path)

    @property
    def around(self) -> list[bytes]:
        return [bytes(whole[place]) for whole in (self._histories, self._paths) for place in (0, 2)]


@pytest.fixture(scope="module")
def compiled_form() -> MakeReader:
    return compiled_readers()


@settings(deadline=None)
@given(st.one_of(st.just(0), st.integers(0, 3 * RING), st.integers(64_000, 67_000)), steps)
def test_both_forms_read_the_same_of_whatever_is_said(
    compiled_form: MakeReader,
    first: int,
    said: list[tuple[list[tuple[int, int]], tuple[int, bytes], int]],
) -> None:
    forms = [Form(readers, first) for readers in (compiled_form, plain_readers())]
    now_us = 10**9
    for sent, (behind, fci), probed in said:
        for wait_us, size in sent:
            now_us += wait_us
            for form in forms:
                form.history.note(now_us, size)
        head = forms[0].history.next_number
        message = ((head - behind) & 0xFFFF).to_bytes(2, "big") + fci[2:]
        if probed:
            for form in forms:
                form.path.probe.expect(head - probed, head)
        told = [form.read(message) for form in forms]
        assert told[0] == told[1]
        assert forms[0].state == forms[1].state


def test_over_a_call_with_loss_and_queues_both_forms_estimate_the_same(compiled_form: MakeReader) -> None:
    calls = [
        Call(Bottleneck(3_000_000, loss=0.01), lambda estimate: min(estimate, 6_000_000), readers=readers)
        for readers in (compiled_form, plain_readers())
    ]
    for call in calls:
        call.feedback_loss, call.feedback_jitter_s = 0.1, 0.1
        call.run(20)
    assert calls[0].samples == calls[1].samples


def hostile_messages() -> Iterator[bytes]:
    """As long as a datagram can be, about as many packets as there may be."""
    for chunk in (0x0000, 0x1FFF, 0x3FFF, 0x5FFF, 0x8000, 0xBFFF, 0xC000, 0xD555, 0xEAAA):
        for count in (1, 14, 739, MAX_STATUSES):
            yield written(0, count, 0x7FFFFF, [chunk] * 800, b"")
            yield written(0, count, 0x800000, [chunk] * 600, b"\xff" * 300)


@pytest.mark.parametrize("next_number", [0, 1, RING - 1, RING, 5_000])
def test_no_message_makes_either_form_look_outside_of_its_memory(compiled_form: MakeReader, next_number: int) -> None:
    forms = [Form(readers, next_number) for readers in (compiled_form, plain_readers())]
    around = [form.around for form in forms]
    for message in hostile_messages():
        for behind in (0, 1, RING, RING + 1, 0x8000, 0xFFFF):
            fci = ((next_number - behind) & 0xFFFF).to_bytes(2, "big") + message[2:]
            # Python would raise an IndexError.
            assert forms[0].read(fci) == forms[1].read(fci)
            assert forms[0].state == forms[1].state
    assert [form.around for form in forms] == around


@pytest.mark.parametrize("data", list(ARRIVALS.beginnings()), ids=lambda data: sha256(data).hexdigest()[:8])
def test_what_a_fuzzer_found_is_read_the_same_by_both_forms(compiled_form: MakeReader, data: bytes) -> None:
    forms = [Form(readers, 0) for readers in (compiled_form, plain_readers())]
    for piece in pieces(data):
        for form in forms:
            for _ in range(12):
                form.history.note(form.history.next_number * 4_000, 1_200)
        if len(piece) >= FCI_HEAD:
            assert forms[0].read(piece) == forms[1].read(piece)
            assert forms[0].state == forms[1].state


@pytest.fixture
def _without_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_without_collector")
def test_what_was_known_of_a_path_goes_with_its_estimator_and_not_before(compiled_form: MakeReader) -> None:
    history, path = SendHistory(), Path()
    gone: list[weakref.ref[object]] = [weakref.ref(history), weakref.ref(path)]
    read = compiled_form(history, path)
    del history, path
    assert read(TransportFeedback.of(1, 2, 0, 0, 0, [1, 2]).fci) == 0
    assert all(ref() is not None for ref in gone)
    del read
    assert [ref() for ref in gone] == [None, None]


@pytest.mark.parametrize("form", ["auto", "kernel", "plain"])
def test_the_form_is_the_one_that_was_asked_for(form: str) -> None:
    read = choose_readers(form=form)(SendHistory(), Path())  # type: ignore[arg-type]
    is_compiled = read.func is compile_hear()  # type: ignore[attr-defined]
    assert is_compiled == (form != "plain")


def with_no_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "media_server.congestion.compiled", None)


def with_code_that_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    def makes_nothing_of_it() -> Callable[..., int]:
        return lambda *_: 0

    monkeypatch.setattr(compiled, "compile_hear", makes_nothing_of_it)


@pytest.mark.parametrize("spoil", [with_no_numba, with_code_that_differs])
def test_where_the_compiled_form_does_not_work_the_plain_one_is_used_unless_it_was_demanded(
    monkeypatch: pytest.MonkeyPatch, spoil: Callable[[pytest.MonkeyPatch], None]
) -> None:
    spoil(monkeypatch)
    read = choose_readers(form="auto")(SendHistory(), Path())
    assert read.func.__name__ == "hear"  # type: ignore[attr-defined]
    with pytest.raises(ReadersUnavailable):
        choose_readers(form="kernel")


def test_without_a_folder_to_cache_in_it_compiles_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    # It is compiled when it is called first, which takes seconds and is not what this is about.
    monkeypatch.setattr(compiled, "_SIGNATURE", None)
    assert callable(compile_hear.__wrapped__())


def test_machine_code_of_other_sources_is_not_taken_from_the_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: FilePath
) -> None:
    assert COMPILED_OF.names == (digest_of_sources(),)
    changed = tmp_path / "trend.py"
    assert trend.__file__ is not None
    changed.write_text(FilePath(trend.__file__).read_text() + "\n")
    monkeypatch.setattr(trend, "__file__", str(changed))
    assert COMPILED_OF.names != (digest_of_sources(),)
