"""Arrays in files: what numpy writes is read again, and nothing else gets in."""

import gzip
import io
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.datasets.importing import Unreadable
from engine.datasets.importing.arrays import StoredArray, idx_file, npy_file, npz_file


def whole(array: StoredArray) -> Any:
    stored = np.concatenate(list(array.pieces()))
    return stored.T if array.fortran else stored


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "i8", "u1", "?", ">i4", "U5"])
@pytest.mark.parametrize("shape", [(7,), (700, 300), (60, 9, 8), (5, 4, 3, 2)])
def test_what_numpy_saves_is_read(tmp_path: Path, order: Any, dtype: str, shape: tuple[int, ...]) -> None:
    array = np.asarray(np.random.default_rng(0).integers(0, 2, shape).astype(dtype), order=order)
    np.save(tmp_path / "x.npy", array)
    np.testing.assert_array_equal(whole(npy_file(str(tmp_path / "x.npy"))), array)
    for save, name in ((np.savez, "a.npz"), (np.savez_compressed, "b.npz")):
        save(tmp_path / name, x=array, y=array[:1])
        found = npz_file(str(tmp_path / name))
        assert [one.name for one in found] == ["x", "y"]
        np.testing.assert_array_equal(whole(found[0]), array)


def idx(array: np.ndarray[Any, Any], kind: int = 8) -> bytes:
    """As the people wrote it who made MNIST: by the description of the format, not by the reader's own code."""
    return bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.mark.parametrize(
    ("kind", "dtype"), [(8, ">u1"), (9, ">i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")]
)
@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_of_every_type(tmp_path: Path, kind: int, dtype: str, packed: bool) -> None:
    array = np.random.default_rng(0).integers(0, 100, (50, 28, 28)).astype(dtype)
    data = idx(array, kind)
    (tmp_path / "images").write_bytes(gzip.compress(data) if packed else data)
    np.testing.assert_array_equal(whole(idx_file(str(tmp_path / "images"))), array)


GOOD = idx(np.arange(60, dtype=np.uint8).reshape(3, 4, 5))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (GOOD[:-1], "cut off"),
        (GOOD[:9], "cut off in its head"),
        (GOOD + b"x", "longer than it should be"),
        (b"\x00\x00\x07\x03" + GOOD[4:], "no IDX file"),
        (b"\x00\x00\x08\x09" + GOOD[4:], "no IDX file"),
        (b"", "no IDX file"),
        (gzip.compress(GOOD)[:-12], "cut off|damaged"),
        (gzip.compress(GOOD[:-1]), "cut off"),
        (gzip.compress(GOOD + b"x"), "more numbers"),
        (gzip.compress(GOOD)[:5], "damaged|cut off"),
        (b"\x00\x00\x08\x02" + struct.pack(">2I", 2**32 - 1, 2**32 - 1), "cut off"),
        (b"\x00\x00\x08\x02" + struct.pack(">2I", 0, 5), "no rows"),
    ],
)
def test_a_bad_idx_file_is_told(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "images").write_bytes(data)
    with pytest.raises(Unreadable, match=said):
        whole(idx_file(str(tmp_path / "images")))


def npy(array: np.ndarray[Any, Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def evil() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (evil(), "Python objects"),
        (b"x,y\n1,2\n", "no NumPy array"),
        (b"", "no NumPy array"),
        (pickle.dumps([1]), "no NumPy array"),
        (npy(np.ones(9))[:-1], "cut off"),
        (npy(np.ones(9)) + b"1", "longer"),
        (npy(np.ones(3, dtype=complex)), "not plain numbers"),
        (npy(np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")])), "not plain numbers"),
        (npy(np.ones((0, 3))), "no rows"),
        (npy(np.float64(1)), "no rows"),  # type: ignore[arg-type]
        (npy(np.ones(3)).replace(b"(3,)", b"(9**9,)"), "no NumPy array|cut off"),
        (npy(np.ones(3)).replace(b"(3,), }    ", b"(300000000,), }"), "cut off"),
    ],
)
def test_a_bad_npy_file_is_told(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "x.npy").write_bytes(data)
    with pytest.raises(Unreadable, match=said) as told:
        npy_file(str(tmp_path / "x.npy"))
    assert "allow_pickle" not in str(told.value)


def archive(*members: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members:
            made.writestr(name, data)
    return stream.getvalue()


BOMB = npy(np.ones(3)).replace(b"(3,), }    ", b"(300000000,), }")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (archive(("x.npy", evil())), "Python objects"),
        (archive(("x.txt", b"hello")), "no array"),
        (archive(("x.npy", BOMB)), "cut off"),
        (archive(("x.npy", npy(np.ones(9))[:-8])), "cut off"),
        (archive(*((f"{index}.npy", b"") for index in range(300))), "300 parts"),
        (archive(), "0 parts"),
        (archive(("x.npy", npy(np.ones(9))))[:-30], "damaged"),
        (b"PK\x03\x04 but no zip", "damaged"),
    ],
)
def test_a_bad_npz_file_is_told(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "x.npz").write_bytes(data)
    with pytest.raises(Unreadable, match=said):
        npz_file(str(tmp_path / "x.npz"))


def test_a_flipped_bit_in_an_archive_is_found_by_its_checksum(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.savez(stream, x=np.arange(1000.0))
    data = bytearray(stream.getvalue())
    data[4000] ^= 1
    (tmp_path / "x.npz").write_bytes(data)
    with pytest.raises(Unreadable, match="damaged"):
        whole(npz_file(str(tmp_path / "x.npz"))[0])
