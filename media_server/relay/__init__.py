"""The relay: how a worker that lacks a stream has it sent by the one that has its publisher.

What is said over HTTP (`PullOffer`, `PullAnswer`), and asking where a stream is (`Origins`). The packets are the
business of `sessions`.
"""
