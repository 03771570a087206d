"""Every parser of what the network says, as something a fuzzer can call; `make fuzz` does, pytest replays corpora."""
