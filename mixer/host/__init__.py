"""The sessions of a mixer worker: their engine process, its hot spare, encoders and microphones."""
