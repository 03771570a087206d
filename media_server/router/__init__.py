"""Sans-IO forwarding: rooms, producers, consumers. Fed packets and times, it says what to send and to whom."""
