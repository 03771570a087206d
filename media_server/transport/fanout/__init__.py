"""The fan-out: one batch of packets to many viewers, each sealed with its own key and handed to the kernel once a run.

Two forms send the same datagrams, byte for byte: `kernel`, compiled, and `plain`, which runs anywhere.
"""

from media_server.transport.fanout.choose import FanOutUnavailable, Form, choose_fan_out
from media_server.transport.fanout.plain import PlainFanOut
from media_server.transport.fanout.runs import kernel_has_gso, split_runs

__all__ = [
    "FanOutUnavailable",
    "Form",
    "PlainFanOut",
    "choose_fan_out",
    "kernel_has_gso",
    "split_runs",
]
