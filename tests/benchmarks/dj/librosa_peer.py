"""librosa on one file of samples: run by the Python of .cache/peers/librosa, which has librosa and not this project.

    python librosa_peer.py samples.npy      (int16, 48 kHz, of shape (frames, 2))

Prints one line of JSON: tempo and beats by `beat.beat_track`, the key by chroma_cqt and the profiles of Krumhansl and
Kessler (1982), which librosa leaves to its user, and the processor seconds of each.
"""

import json
import sys
import time
import warnings

import librosa
import numpy as np

RATE = 22_050
MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])


def key_of(signal: np.ndarray) -> tuple[int, bool]:
    chroma = librosa.feature.chroma_cqt(y=signal, sr=RATE).mean(axis=1)
    scores = {
        (tonic, is_minor): float(np.corrcoef(np.roll(profile, tonic), chroma)[0, 1])
        for tonic in range(12)
        for is_minor, profile in ((False, MAJOR), (True, MINOR))
    }
    return max(scores, key=lambda key: scores[key])


def main() -> None:
    warnings.filterwarnings("ignore")
    pcm = np.load(sys.argv[1])
    signal = librosa.resample(pcm.mean(axis=1).astype(np.float32) / 32768.0, orig_sr=48_000, target_sr=RATE)
    librosa.beat.beat_track(y=signal[: RATE * 5], sr=RATE)
    began = time.process_time()
    tempo, beats = librosa.beat.beat_track(y=signal, sr=RATE, units="time")
    tempo_cpu_s = time.process_time() - began
    began = time.process_time()
    tonic, is_minor = key_of(signal)
    print(
        json.dumps(
            {
                "bpm": float(np.atleast_1d(tempo)[0]),
                "beats": [round(float(beat), 5) for beat in beats],
                "tonic": tonic,
                "is_minor": is_minor,
                "tempo_cpu_s": tempo_cpu_s,
                "key_cpu_s": time.process_time() - began,
            }
        )
    )


if __name__ == "__main__":
    main()
