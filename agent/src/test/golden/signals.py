"""Filters and features of vibration as NumPy and SciPy compute them; filters by the formulas of the audio EQ cookbook."""

import pathlib

import numpy as np
import scipy.signal
import scipy.stats

OUT = pathlib.Path(__file__).parent.parent / "resources/golden/signal"
RATE = 3_200
CHANNELS = 3


def write(name, values):
    (OUT / (name + ".f32")).write_bytes(np.asarray(values, dtype="<f4").tobytes())


def biquad(kind, cutoff, q):
    turn = 2 * np.pi * cutoff / RATE
    alpha = np.sin(turn) / (2 * q)
    cos = np.cos(turn)
    b = [(1 - cos) / 2, 1 - cos, (1 - cos) / 2] if kind == "low" else [(1 + cos) / 2, -(1 + cos), (1 + cos) / 2]
    return b, [1 + alpha, -2 * cos, 1 - alpha]


def features(x):
    rms = np.sqrt(np.mean(x**2))
    return [
        np.mean(x),
        np.std(x),
        rms,
        np.min(x),
        np.max(x),
        np.ptp(x),
        scipy.stats.skew(x),
        scipy.stats.kurtosis(x),
        np.max(np.abs(x)) / rms,
    ]


def bands(x, edges, size):
    spectrum = np.fft.fft(x, size)
    hertz = np.abs(np.fft.fftfreq(size, 1 / RATE))
    return [
        np.sqrt(np.sum(np.abs(spectrum[(hertz >= low) & (hertz < high)]) ** 2) / size / len(x))
        for low, high in zip(edges[:-1], edges[1:])
    ]


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(11)
    t = np.arange(200) / RATE
    x = np.stack([(c + 1) * np.sin(2 * np.pi * (40 + 300 * c) * t) + noise.standard_normal(len(t)) + c for c in range(CHANNELS)], 1)
    x = x.astype("<f4")
    write("vibration", x)
    x = x.astype(float)
    for kind, cutoff, q in (("low", 100, 0.7071), ("high", 400, 2.0)):
        write(kind + "-pass", scipy.signal.lfilter(*biquad(kind, cutoff, q), x, axis=0))
    write("moving-average", np.stack([np.mean(x[max(0, i - 6) : i + 1], axis=0) for i in range(len(x))]))
    write("decimated-200", scipy.signal.resample_poly(x, 200, RATE, axis=0))
    write("linear-1000", np.stack([np.interp(np.arange(0, t[-1] + 1e-12, 1 / 1_000), t, x[:, c]) for c in range(CHANNELS)], 1))
    uneven = np.cumsum(noise.uniform(0.01, 0.19, 100)).astype("<f4").astype(float)
    values = np.stack([np.sin(uneven), uneven**2 / 10], 1).astype("<f4").astype(float)
    write("uneven", np.column_stack([uneven, values]))
    due = np.arange(uneven[0], uneven[-1], 1 / 8)
    write("uneven-linear-8", np.stack([np.interp(due, uneven, values[:, c]) for c in range(2)], 1))
    period = np.floor((uneven - uneven[0]) * 4).astype(int)
    write("uneven-mean-4", [[np.mean(values[period == k, c]) for c in range(2)] for k in range(period[-1])])
    edges = [0, 50, 200, 800, 1601]
    write("features", np.concatenate([features(x[:, c]) + bands(x[:, c], edges, 256) for c in range(CHANNELS)]))


main()
