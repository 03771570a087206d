"""How a stream arrives and where it goes on to, told its creator."""
