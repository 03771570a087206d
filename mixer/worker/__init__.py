"""The mixer process: the mixes asked for in Valkey, run by the engine's host, heard and commanded by their booths."""
