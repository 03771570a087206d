"""Work for later: put down in the transaction that needs it, done by a jobs worker at least once."""
