"""What only a DJ may do."""
