"""Files behind signed links, for what cannot send a token."""
