"""A DJ's tracks: finding, editing and deleting them, and the files that belong to them."""
