"""The candidate lines of our answers (RFC 8839 §5.1, RFC 6544 §4.5)."""

from __future__ import annotations

from aioice import Candidate

from media_server.sdp.answer import transport_lines
from media_server.sdp.shapes import LocalTransport

UDP = (("192.0.2.1", 3100), ("2001:db8::1", 3100), ("127.0.0.1", 3100))
TCP = tuple((ip, 3400) for ip, _ in UDP)


def written(local: LocalTransport) -> list[Candidate]:
    lines = transport_lines(local)
    assert lines[-1] == "a=end-of-candidates"
    prefix = "a=candidate:"
    return [Candidate.from_sdp(line.removeprefix(prefix)) for line in lines if line.startswith(prefix)]


def test_each_address_is_a_candidate_of_both_protocols_in_the_order_of_their_worth() -> None:
    found = written(LocalTransport("ufrag", "pwd", "AA", UDP, TCP))
    assert [(c.transport, c.host, c.port, c.tcptype) for c in found] == [
        *(("udp", ip, port, None) for ip, port in UDP),
        *(("tcp", ip, port, "passive") for ip, port in TCP),
    ]
    assert [c.priority for c in found] == sorted({c.priority for c in found}, reverse=True)
    assert len({c.foundation for c in found}) == 6
    assert all(c.component == 1 and c.type == "host" and 0 < c.priority < 1 << 31 for c in found)


def test_without_a_tcp_port_there_is_no_tcp_candidate() -> None:
    assert {c.transport for c in written(LocalTransport("ufrag", "pwd", "AA", UDP))} == {"udp"}
