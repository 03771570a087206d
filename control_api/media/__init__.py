"""The media plane as the API sees it: workers, tokens, commands and the reconciler."""
