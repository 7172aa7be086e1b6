"""Makes the synthetic images of this folder, with Pillow: python3 make.py"""

import struct
import zlib
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent


def gradient(size: tuple[int, int], shift: int = 0) -> Image.Image:
    """A picture in which every pixel differs from its neighbours."""
    width, height = size
    image = Image.new("RGB", size)
    image.putdata([((5 * x + shift) % 256, (3 * y + 40) % 256, (x * y + shift) % 256) for y in range(height) for x in range(width)])
    return image


def with_alpha(image: Image.Image) -> Image.Image:
    """The same picture, fading from left to right."""
    image = image.convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


def save(name: str, image: Image.Image, **options) -> None:
    image.save(HERE / name, **options)


SIZE = (40, 24)
save("baseline.jpg", gradient(SIZE), quality=85)
save("progressive.jpg", gradient(SIZE), quality=85, progressive=True)
save("grey.jpg", gradient(SIZE).convert("L"), quality=85)
save("cmyk.jpg", gradient(SIZE).convert("CMYK"), quality=85)
save("restarts.jpg", gradient(SIZE), quality=85, subsampling=0, restart_marker_blocks=2)
save("black.jpg", Image.new("RGB", SIZE), quality=85)
save("lossy.webp", gradient(SIZE), quality=80)
save("lossy-alpha.webp", with_alpha(gradient(SIZE)), quality=80)
save("lossless.webp", gradient(SIZE), lossless=True)
save("lossless-alpha.webp", with_alpha(gradient(SIZE)), lossless=True, exact=True)
save("black.webp", Image.new("RGB", SIZE), quality=80)
frames = [gradient(SIZE, shift) for shift in (0, 60, 120)]
save("animated.webp", frames[0], save_all=True, append_images=frames[1:], duration=100, quality=80)
save("animated.png", frames[0], save_all=True, append_images=frames[1:], duration=100)
# Only a corner changes, so that the later frames hold 8 × 8 pixels.
corners = [frames[0].copy() for _ in range(3)]
for shift, frame in enumerate(corners):
    frame.paste(gradient((8, 8), 90 * shift), (0, 0))
save("small-frames.png", corners[0], save_all=True, append_images=corners[1:], duration=100)
save("still.gif", gradient(SIZE).quantize(16))


# A thumbnail in the metadata has an end marker of its own.
thumbnail = b"Exif\0\0" + (HERE / "baseline.jpg").read_bytes()
save("thumbnail.jpg", gradient(SIZE), quality=85, exif=thumbnail)


def interlaced(image: Image.Image) -> bytes:
    """A PNG in the seven passes of Adam7, which Pillow does not write."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    width, height = image.size
    rows = b""
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        for y in range(y0, height, dy):
            rows += b"\0" + b"".join(bytes(image.getpixel((x, y))) for x in range(x0, width, dx))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


(HERE / "interlaced.png").write_bytes(interlaced(gradient(SIZE)))
