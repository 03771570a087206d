"""Datagrams out of the worker's socket: many with each system call where the C library has recvmmsg, else one."""

from media_server.transport.receive.choose import choose_receiver
from media_server.transport.receive.datagrams import BATCH, MAX_DATAGRAM_BYTES, Received, Receiver
from media_server.transport.receive.many import ManyReceiver, RecvmmsgMissing
from media_server.transport.receive.single import SingleReceiver

__all__ = [
    "BATCH",
    "MAX_DATAGRAM_BYTES",
    "ManyReceiver",
    "Received",
    "Receiver",
    "RecvmmsgMissing",
    "SingleReceiver",
    "choose_receiver",
]
