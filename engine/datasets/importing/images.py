"""A folder of images, one folder per class below it. Pillow reads them, with limits that are checked before it does."""

from __future__ import annotations

import hashlib
import warnings
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from engine.datasets.importing.streams import cannot_open, open_regular
from engine.datasets.importing.values import Unreadable

SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"))
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
MOST_PIXELS = 40_000_000
MOST_BYTES = 200_000_000
MOST_FILES = 1_000_000
LARGEST_SIDE = 512
_GREY = frozenset(("1", "L", "LA", "I", "I;16", "I;16B", "I;16L", "F"))


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image and the class whose folder it lies in."""

    path: str
    label: str


@dataclass(frozen=True, slots=True)
class Folder:
    """The images below a folder, in the order of their names, and what else lies there."""

    path: str
    classes: tuple[str, ...]
    files: tuple[ImageFile, ...]
    others: int
    """Files that are no images, or lie in no class's folder."""


def list_folder(path: str) -> Folder:
    """All images one folder deep.

    Raises:
        Unreadable: no folder of a class with an image in it, or too many.
    """
    root, files, others = Path(path), list[ImageFile](), 0
    try:
        children = sorted(root.iterdir(), key=lambda child: child.name)
        for child in children:
            if not child.is_dir():
                others += not child.name.startswith(".")
                continue
            for file in sorted(child.iterdir(), key=lambda one: one.name):
                if file.suffix.lower() in SUFFIXES and file.is_file():
                    files.append(ImageFile(str(file), child.name))
                else:
                    others += not file.name.startswith(".")
                if len(files) > MOST_FILES:
                    raise Unreadable(f"There are more than {MOST_FILES:,} images in the folder.", "Take fewer of them.")
    except OSError as problem:
        raise cannot_open(root.name, problem) from problem
    if not files:
        raise Unreadable(
            f"{root.name} holds no images in folders.",
            "Put the images of every class into a folder of its own, named as the class, and choose the folder above them.",
        )
    return Folder(str(root), tuple(sorted({file.label for file in files})), tuple(files), others)


def open_image(path: str) -> Image.Image:
    """The image, decoded and turned upright as its camera noted. Raises Unreadable."""
    name = "/".join(Path(path).parts[-2:])
    try:
        with open_regular(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file.seek(0, 2)
            if file.tell() > MOST_BYTES:
                raise Unreadable(f"{name} is larger than {MOST_BYTES // 10**6} MB.", "Scale it down.")
            file.seek(0)
            with Image.open(file, formats=FORMATS) as image:
                width, height = image.size
                if width * height > MOST_PIXELS:
                    raise Unreadable(
                        f"{name} has {width:,} × {height:,} pixels, more than 40 million.", "Scale it down."
                    )
                image.load()
                return ImageOps.exif_transpose(image)
    except Unreadable:
        raise
    except Exception as problem:
        raise Unreadable(
            f"{name} is no readable image ({type(problem).__name__}).", "Remove or replace it."
        ) from problem


def pixels(image: Image.Image, size: tuple[int, int], channels: int) -> NDArray[np.float32]:
    """Values 0 to 255, (channels, height, width); `size` is (height, width). Sixteen bits a pixel become eight's range."""
    if image.mode in ("I", "I;16", "I;16B", "I;16L", "F"):
        values = np.asarray(image, dtype=np.float32)
        image = Image.fromarray(values / (257 if values.max(initial=0) > 255 else 1))
        flat = np.asarray(_sized(image, size), dtype=np.float32)
        return np.repeat(flat[None], channels, axis=0)
    plain = image.convert("RGBA").convert("RGB") if image.mode in ("P", "PA", "CMYK", "YCbCr", "LAB", "HSV") else image
    array = np.asarray(_sized(plain.convert("L" if channels == 1 else "RGB"), size), dtype=np.float32)
    return array[None] if array.ndim == 2 else np.moveaxis(array, 2, 0)


def _sized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    height, width = size
    return image if image.size == (width, height) else image.resize((width, height), Image.Resampling.BILINEAR)


@dataclass(frozen=True, slots=True, eq=False)
class FolderFacts:
    """What a look at every image found. `bad`: images that cannot be read, with the first one's refusal."""

    size: tuple[int, int]
    """Height and width that most of them have, no side above LARGEST_SIDE."""
    channels: int
    other_sizes: int
    bad: int
    first_bad: str
    bytes: int
    sha256: str


def survey_folder(folder: Folder) -> Generator[float, None, FolderFacts]:
    """Decode every image once; yields the share that was read."""
    sizes: Counter[tuple[int, int]] = Counter()
    colour, bad, first_bad, total, digest = False, 0, "", 0, hashlib.sha256()
    for index, file in enumerate(folder.files):
        total += add_to_hash(digest, file)
        try:
            image = open_image(file.path)
            sizes[image.size[1], image.size[0]] += 1
            colour = colour or image.mode not in _GREY
        except Unreadable as problem:
            bad += 1
            first_bad = first_bad or problem.refusal.what
        yield (index + 1) / len(folder.files)
    if not sizes:
        raise Unreadable(f"Not one image of the folder can be read. {first_bad}", "Choose another folder.")
    size, count = sizes.most_common(1)[0]
    scale = min(1.0, LARGEST_SIDE / max(size))
    size = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    other = sum(sizes.values()) - (count if scale == 1 else 0)
    return FolderFacts(size, 3 if colour else 1, other, bad, first_bad, total, digest.hexdigest())


def add_to_hash(digest: hashlib._Hash, file: ImageFile) -> int:
    """Class, name and content of an image go into the folder's SHA-256. Returns its bytes."""
    try:
        with open_regular(file.path) as stream:
            raw = stream.read(MOST_BYTES)
    except Unreadable:
        raw = b""
    name = Path(file.path).name
    digest.update(f"{file.label}/{name}\0{len(raw)}\0".encode("utf-8", "surrogateescape") + raw)
    return len(raw)
