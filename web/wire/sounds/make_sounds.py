"""Writes the notification sounds beside this file: `python3 web/wire/sounds/make_sounds.py`. The result is the same on every machine."""

import math
import struct
import wave
from pathlib import Path

RATE = 16_000  # samples per second; no tone below comes near half of it
LOUDEST = 0.8
FADE = 0.02  # seconds at the end, so that no sound ends with a click

# A partial: frequency in Hz, loudness, seconds until it has faded to 37 %.
Partial = tuple[float, float, float]


def bar(pitch: float) -> list[Partial]:
    """A struck wooden bar."""
    return [(pitch, 1.0, 0.14), (pitch * 3.93, 0.35, 0.035), (pitch * 9.2, 0.08, 0.012)]


def glass(pitch: float) -> list[Partial]:
    """A soft tone with a little shimmer."""
    return [(pitch, 1.0, 0.22), (pitch * 2, 0.3, 0.14), (pitch * 3.01, 0.12, 0.07)]


def bronze(pitch: float) -> list[Partial]:
    """A small bell."""
    return [(pitch * 0.5, 0.3, 0.35), (pitch, 1.0, 0.26), (pitch * 1.19, 0.4, 0.2), (pitch * 2.01, 0.5, 0.12), (pitch * 3.02, 0.25, 0.06)]


def tone(pitch: float) -> list[Partial]:
    """A short plain tone."""
    return [(pitch, 1.0, 0.06), (pitch * 2, 0.15, 0.04)]


# Each sound: its length in seconds, and its strokes (start in seconds, partials).
SOUNDS: dict[str, tuple[float, list[tuple[float, list[Partial]]]]] = {
    "chime": (0.92, [(0.0, glass(659.3)), (0.13, glass(830.6)), (0.26, glass(987.8))]),
    "bell": (0.92, [(0.0, bronze(783.99))]),
    "marimba": (0.62, [(0.0, bar(523.25)), (0.11, bar(659.26)), (0.22, bar(783.99))]),
    "pulse": (0.36, [(0.0, tone(587.3)), (0.12, tone(880.0))]),
}


def stroke(partials: list[Partial], seconds: float) -> float:
    attack = min(1.0, seconds / 0.004)
    return attack * sum(loud * math.exp(-seconds / fade) * math.sin(2 * math.pi * pitch * seconds) for pitch, loud, fade in partials)


def samples(length: float, strokes: list[tuple[float, list[Partial]]]) -> list[float]:
    times = [index / RATE for index in range(int(length * RATE))]
    mixed = [sum(stroke(partials, time - start) for start, partials in strokes if time >= start) for time in times]
    peak = max(map(abs, mixed))
    return [LOUDEST * value / peak * min(1.0, (length - time) / FADE) for value, time in zip(mixed, times, strict=True)]


def write(path: Path, values: list[float]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", round(value * 32767)) for value in values))


if __name__ == "__main__":
    for name, (length, strokes) in SOUNDS.items():
        write(Path(__file__).with_name(f"{name}.wav"), samples(length, strokes))
