"""What a DJ hears, measured: tempo and key beside librosa, key lock beside Rubber Band, sessions beside Liquidsoap."""
