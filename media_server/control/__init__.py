"""The worker's link to the control plane: what is, told to Valkey; what to do, read from it."""
