"""Spectra and resampled sound as NumPy and SciPy compute them; the mel scale and the MFCC from TensorFlow's definitions."""

import pathlib

import numpy as np
import scipy.fft
import scipy.signal

OUT = pathlib.Path(__file__).parent.parent / "resources/golden/sound"
RATE = 16_000


def write(name, values):
    (OUT / (name + ".f32")).write_bytes(np.asarray(values, dtype="<f4").tobytes())


def frames(sound, frame, hop):
    count = (len(sound) - frame) // hop + 1
    return np.stack([sound[i * hop : i * hop + frame] for i in range(count)])


def spectrum(sound, frame, hop, window, size):
    curve = scipy.signal.get_window(window, frame, fftbins=True)
    return np.abs(np.fft.rfft(frames(sound, frame, hop) * curve, size))


def mel(hertz):
    return 1127.0 * np.log(1.0 + hertz / 700.0)


def mel_matrix(bands, bins, rate, low, high):
    """tf.signal.linear_to_mel_weight_matrix"""
    hertz = np.linspace(0.0, rate / 2, bins)[1:]
    edges = np.linspace(mel(low), mel(high), bands + 2)
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    at = mel(hertz)[:, None]
    rising = (at - lower) / (centre - lower)
    falling = (upper - at) / (upper - centre)
    return np.pad(np.maximum(0, np.minimum(rising, falling)), [[1, 0], [0, 0]])


def mfcc(log_mel, coefficients):
    """tf.signal.mfccs_from_log_mel_spectrograms"""
    return (scipy.fft.dct(log_mel, type=2, axis=-1) / np.sqrt(2.0 * log_mel.shape[-1]))[:, :coefficients]


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(5)
    t = np.arange(2_000) / RATE
    sound = 0.4 * np.sin(2 * np.pi * 440 * t) + 0.3 * np.sin(2 * np.pi * (300 + 90_000 * t / 8) * t)
    sound = (sound + 0.02 * noise.standard_normal(len(t))).astype("<f4")
    write("sound", sound)
    samples = sound.astype(float)
    write("power-hann-400-160", spectrum(samples, 400, 160, "hann", 512) ** 2)
    write("decibel-hamming-256-128", 10 * np.log10(spectrum(samples, 256, 128, "hamming", 256) ** 2 + 1e-10))
    magnitude = spectrum(samples, 480, 320, "hann", 512)
    log_mel = np.log(magnitude @ mel_matrix(40, 257, RATE, 20.0, 4000.0) + 1e-6)
    write("log-mel-40", log_mel)
    write("mfcc-10", mfcc(log_mel, 10))
    for name, up, down in (("8k", 1, 2), ("44k1", 441, 160), ("22k05-to-16k", 320, 441), ("48k", 3, 1)):
        write("resampled-" + name, scipy.signal.resample_poly(samples, up, down))


main()
