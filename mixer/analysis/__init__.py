"""What a track is: tempo and beats, key, loudness, waveform, intro and outro. Sans-IO: samples in, numbers out."""
