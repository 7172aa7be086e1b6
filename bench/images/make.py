"""Makes the pictures of this folder, with Pillow: python3 make.py"""

import random
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
SIDE = 1024

# Nine octaves of noise, each twice as fine as the one before it and 0.62 times as strong.
dice = random.Random(1)
picture, total = Image.new("RGB", (SIDE, SIDE)), 0.0
for octave in range(9):
    side, weight = 4 << octave, 0.62**octave
    total += weight
    noise = Image.frombytes("RGB", (side, side), dice.randbytes(3 * side * side))
    picture = Image.blend(picture, noise.resize(picture.size, Image.Resampling.BICUBIC), weight / total)

picture.save(HERE / "noise.jpg", quality=92)
picture.save(HERE / "noise-lossy.webp", quality=80)
picture.save(HERE / "noise-lossless.webp", lossless=True)
