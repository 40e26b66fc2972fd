"""The container of a project file: a ZIP whose members are stored, and a reader that trusts nothing in it.

The reader follows the ZIP layout byte by byte instead of searching for it, so that a file has one meaning only: members lie
one behind the other from the first byte on, nothing hides between, before or behind them, and nothing is unpacked anywhere.
"""

from __future__ import annotations

import io
import json
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

from engine.errors import ProjectError

MAX_MEMBERS = 256
MAX_JSON = 8 * 1024 * 1024
DAMAGED = "Open a backup or another copy of the file."

_END = struct.Struct("<4s4H2IH")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_NAME = re.compile(r"[a-z0-9_]{1,40}(/[a-z0-9_]{1,40}){0,3}(\.[a-z]{1,12})?")
_PLAIN_FLAGS = (0, 0x800)  # nothing, or "the name is UTF-8": no encryption, no sizes behind the data


def pack(members: Mapping[str, bytes]) -> bytes:
    """A ZIP of the members in their order, stored, with a fixed date: equal members give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # a dead clock must not make saving fail
            info.create_system = 3
            info.external_attr = 0o600 << 16
            archive.writestr(info, data)
    return buffer.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """The members of a stored ZIP by name, in their order.

    Raises:
        engine.errors.ProjectError: any departure from the one layout that `pack` writes.
    """
    try:
        return _unpack(data)
    except struct.error as error:
        raise _damaged("the list of its parts is cut off") from error


def _unpack(data: bytes) -> dict[str, bytes]:
    end = len(data) - _END.size
    if end < 0 or data[end : end + 4] != b"PK\x05\x06":
        raise _damaged("its end is missing, so it was probably not copied or downloaded completely")
    _, disk, start_disk, here, total, size, position, comment = _END.unpack_from(data, end)
    if disk or start_disk or comment or here != total or position + size != end:
        raise _damaged("its list of parts does not fit")
    if total > MAX_MEMBERS:
        raise ProjectError("", f"It has {total:,} parts; {MAX_MEMBERS} are the most.", DAMAGED)
    members: dict[str, bytes] = {}
    expected = 0
    for _ in range(total):
        name, flags, method, crc, length, full, offset, step = _central(data, position, end)
        if name in members:
            raise ProjectError(name, "This part is there twice.", DAMAGED)
        if method or length != full:
            raise ProjectError(name, "This part is compressed; parts of a project are stored as they are.", DAMAGED)
        if flags not in _PLAIN_FLAGS or offset != expected:
            raise ProjectError(name, "This part is encrypted or not where it should be.", DAMAGED)
        begin = _local(data, offset, (name, flags, crc, length))
        expected, position = begin + length, position + step
        if expected > len(data):
            raise _damaged("a part is cut off")
        members[name] = data[begin:expected]
        if zlib.crc32(members[name]) != crc:
            raise ProjectError(name, "This part does not match its checksum: the file is damaged.", DAMAGED)
    if position != end or (total and expected != end - size):
        raise _damaged("something stands between its parts")
    return members


def _central(data: bytes, position: int, end: int) -> tuple[str, int, int, int, int, int, int, int]:
    fields = _CENTRAL.unpack_from(data, position)
    signature, flags, method, crc, length, full = fields[0], *fields[3:5], *fields[7:10]
    name_size, extra, comment, offset = *fields[10:13], fields[16]
    step = _CENTRAL.size + name_size + extra + comment
    if signature != b"PK\x01\x02" or position + step > end:
        raise _damaged("its list of parts does not fit")
    raw = data[position + _CENTRAL.size : position + _CENTRAL.size + name_size]
    return _name(raw), flags, method, crc, length, full, offset, step


def _local(data: bytes, offset: int, expected: tuple[str, int, int, int]) -> int:
    """Where the member's bytes begin, once its own header agrees with the list at the end."""
    signature, _, flags, method, _, _, crc, length, full, name_size, extra = _LOCAL.unpack_from(data, offset)
    begin = offset + _LOCAL.size + name_size
    found = (data[offset + _LOCAL.size : begin].decode("ascii", "replace"), flags, crc, length)
    if signature != b"PK\x03\x04" or method or length != full or found != expected:
        raise ProjectError(expected[0], "This part contradicts the list of parts: the file is damaged.", DAMAGED)
    return int(begin) + int(extra)


def _name(raw: bytes) -> str:
    name = raw.decode("ascii", "replace")
    if not _NAME.fullmatch(name):
        shown = repr(name if len(name) <= 60 else name[:57] + "…")
        raise ProjectError("", f"A part is called {shown}, which no part of a project is.", DAMAGED)
    return name


def _damaged(why: str) -> ProjectError:
    return ProjectError("", f"It is damaged: {why}.", DAMAGED)


def dump_json(value: object) -> bytes:
    """JSON as UTF-8 text. Raises ValueError for numbers that are not finite."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1).encode("utf-8")


def parse_json(data: bytes, name: str, finite: bool = True) -> Any:
    """The JSON value of a member. With `finite=False`, NaN and infinity pass: their reader names the place better.

    Raises:
        engine.errors.ProjectError: not UTF-8, not JSON, a name twice in one group, too large, too deep, not finite.
    """
    if len(data) > MAX_JSON:
        raise ProjectError(name, f"This part is larger than {MAX_JSON // 2**20} MiB.", DAMAGED)
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_group)
        if finite:
            _check_finite(value, name)
    except json.JSONDecodeError as error:
        text = f"This is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        raise ProjectError(name, text, DAMAGED) from error
    except UnicodeDecodeError as error:
        raise ProjectError(name, "This is not text in UTF-8.", DAMAGED) from error
    except RecursionError as error:
        raise ProjectError(name, "Groups are nested too deeply.", DAMAGED) from error
    except ValueError as error:
        raise ProjectError(name, f"{error}".split(";")[0].rstrip(".") + ".", DAMAGED) from error
    return value


def _group(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    group = dict(pairs)
    if len(group) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"The name {twice[:40]!r} stands twice in one group")
    return group


def _check_finite(value: object, place: str) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ProjectError(place, "A number is not finite.", DAMAGED)
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        _check_finite(part, f"{place} {key}" if len(place) < 200 else place)
