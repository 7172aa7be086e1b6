"""Makes the files of this folder, with ffmpeg 5.1 and the standard library: python3 make.py"""

import json
import math
import struct
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
SIZE = "320x256"
PICTURE = f"mandelbrot=s={SIZE}:r=16:end_scale=0.05:end_pts=40"
BLACK = f"color=black:s={SIZE}:r=16"
TONE = "sine=frequency=440:sample_rate=44100:duration=1"
SILENCE = "anullsrc=r=44100:cl=stereo"
EXACT = ["-fflags", "+bitexact", "-flags", "+bitexact", "-map_metadata", "-1"]


def ffmpeg(name: str, *arguments: str) -> None:
    command = ["ffmpeg", "-v", "error", "-y", *arguments, *EXACT, str(HERE / name)]
    subprocess.run(command, check=True)


def video(name: str, picture: str, *arguments: str, frames: int = 33) -> None:
    ffmpeg(name, "-f", "lavfi", "-i", picture, *arguments, "-frames:v", str(frames), "-pix_fmt", "yuv420p")


H264 = ("-c:v", "libx264", "-crf", "34")
VP9 = ("-c:v", "libvpx-vp9", "-crf", "45", "-b:v", "0")
video("h264.mp4", PICTURE, *H264)
video("faststart.mp4", PICTURE, *H264, "-movflags", "+faststart")
video("fragmented.mp4", PICTURE, *H264, "-movflags", "frag_keyframe+empty_moov", "-g", "8")
video("vp9.webm", PICTURE, *VP9)
video("black.mp4", BLACK, *H264)
video("black.webm", BLACK, *VP9)
ffmpeg("sound.mp4", "-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", TONE, *H264, "-c:a", "aac", "-t", "1", "-pix_fmt", "yuv420p")
SMALL = "mandelbrot=s=64x48:r=10:end_scale=0.05:end_pts=40"
ffmpeg("animated.gif", "-f", "lavfi", "-i", SMALL, "-frames:v", "9")
ffmpeg("animated.webp", "-f", "lavfi", "-i", SMALL, "-frames:v", "9", "-c:v", "libwebp_anim", "-loop", "0")
ffmpeg("animated.png", "-f", "lavfi", "-i", SMALL, "-frames:v", "9", "-f", "apng", "-plays", "0")

for name, codec in {
    "tone.wav": ["pcm_s16le"],
    "tone.flac": ["flac"],
    "tone.mp3": ["libmp3lame", "-b:a", "64k"],
    "tone.ogg": ["libvorbis", "-q:a", "0"],
    "tone.opus": ["libopus", "-b:a", "32k"],
    "tone.m4a": ["aac", "-b:a", "32k"],
}.items():
    ffmpeg(name, "-f", "lavfi", "-i", TONE, "-ar", "48000" if name.endswith("opus") else "44100", "-c:a", *codec)
for name, codec in {"silent.flac": "flac", "silent.mp3": "libmp3lame", "silent.opus": "libopus"}.items():
    ffmpeg(name, "-f", "lavfi", "-i", SILENCE, "-t", "1", "-c:a", codec)
ffmpeg("clipped.wav", "-f", "lavfi", "-i", TONE, "-af", "volume=40dB", "-t", "0.1")


# ---------------------------------------------------------------- 3D: a sphere

def sphere(rings: int = 6, sides: int = 8) -> tuple[list[tuple[float, float, float]], list[tuple[int, int, int]]]:
    points = [
        (math.sin(a) * math.cos(b), math.cos(a), math.sin(a) * math.sin(b))
        for a in (math.pi * ring / rings for ring in range(rings + 1))
        for b in (2 * math.pi * side / sides for side in range(sides))
    ]
    faces = []
    for ring in range(rings):
        for side in range(sides):
            a, b = ring * sides + side, ring * sides + (side + 1) % sides
            faces += [(a, b, a + sides), (b, b + sides, a + sides)]
    return points, faces


POINTS, FACES = sphere()


def write(name: str, data: bytes | str) -> None:
    (HERE / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def glb() -> bytes:
    indices = b"".join(struct.pack("<3H", *face) for face in FACES)
    places = b"".join(struct.pack("<3f", *point) for point in POINTS)
    binary = places + indices
    scene = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": len(binary)}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": len(places)},
            {"buffer": 0, "byteOffset": len(places), "byteLength": len(indices)},
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(POINTS), "type": "VEC3", "min": [-1, -1, -1], "max": [1, 1, 1]},
            {"bufferView": 1, "componentType": 5123, "count": 3 * len(FACES), "type": "SCALAR"},
        ],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
        "scene": 0,
    }
    text = json.dumps(scene, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def numbers(point: tuple[float, float, float]) -> str:
    return " ".join(f"{value:.4f}" for value in point)


def corners() -> list[list[tuple[float, float, float]]]:
    return [[POINTS[index] for index in face] for face in FACES]


write("sphere.glb", glb())
write("sphere.obj", "".join(f"v {numbers(point)}\n" for point in POINTS) + "".join("f " + " ".join(str(index + 1) for index in face) + "\n" for face in FACES))
HEAD = f"element vertex {len(POINTS)}\nproperty float x\nproperty float y\nproperty float z\nelement face {len(FACES)}\nproperty list uchar int vertex_indices\nend_header\n"
write("sphere.ply", ("ply\nformat binary_little_endian 1.0\n" + HEAD).encode() + b"".join(struct.pack("<3f", *point) for point in POINTS) + b"".join(struct.pack("<B3i", 3, *face) for face in FACES))
write("text.ply", "ply\nformat ascii 1.0\n" + HEAD + "".join(numbers(point) + "\n" for point in POINTS) + "".join("3 " + " ".join(map(str, face)) + "\n" for face in FACES))
write("sphere.stl", b"\0" * 80 + struct.pack("<I", len(FACES)) + b"".join(struct.pack("<12fH", 0, 0, 0, *(value for corner in face for value in corner), 0) for face in corners()))
write("text.stl", "solid sphere\n" + "".join("facet normal 0 0 0\nouter loop\n" + "".join(f"vertex {numbers(corner)}\n" for corner in face) + "endloop\nendfacet\n" for face in corners()) + "endsolid sphere\n")
