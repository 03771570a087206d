"""What only a performer may do."""
