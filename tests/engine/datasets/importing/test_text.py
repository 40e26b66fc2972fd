"""Text tables of every kind: what is found in them, and what is said of those that cannot be read."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.datasets.importing import Dialect, Unreadable
from engine.datasets.importing.cells import day, number
from engine.datasets.importing.survey import survey_text
from tests.engine.datasets.importing.looking import look

FRAME = pd.DataFrame(
    {
        "size": [1.5, -2.25, 3e5, 4.0],
        "town": ["Köln", 'the "old" one', "two\nlines", "a;b, c"],
        "sold": [True, False, True, False],
        "day": ["2024-05-31", "2024-06-01", "1969-12-31", "2000-02-29"],
        "label": ["cat", "dog", "cat", "bird"],
    }
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_pandas_writes_is_found_again(path: Path, encoding: str, separator: str, end: str) -> None:
    FRAME.to_csv(path, sep=separator, encoding=encoding, index=False, lineterminator=end)
    found = look(path, path.read_bytes())
    assert (found.dialect.encoding, found.dialect.separator, found.dialect.header) == (encoding, separator, True)
    assert [column.name for column in found.columns] == list(FRAME.columns)
    assert [column.kind for column in found.columns] == ["number", "category", "yes/no", "date", "category"]
    assert [column.role for column in found.columns] == ["feature"] * 4 + ["target"]
    assert (found.rows, found.target, found.classes) == (4, "classes", 3)
    assert [row[1] for row in found.sample] == list(FRAME["town"])
    assert (found.size, found.sha256) == (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_decimal_comma_is_read_where_the_separator_is_none(path: Path) -> None:
    frame = pd.DataFrame({"x": [1.5, 2.25, -0.125], "y": [10.5, 20.0, 0.75]})
    frame.to_csv(path, sep=";", decimal=",", index=False)
    found = look(path, path.read_bytes())
    assert (found.dialect.separator, found.dialect.decimal) == (";", ",")
    assert [(column.low, column.high) for column in found.columns] == [(-0.125, 2.25), (0.75, 20.0)]


def test_a_table_without_names_gets_them(path: Path) -> None:
    found = look(path, "1,2,0\n3,4,1\n5,6,0\n")
    assert [column.name for column in found.columns] == ["column 1", "column 2", "column 3"]
    assert (found.rows, found.dialect.header) == (3, False)


def test_the_choice_of_the_user_wins(path: Path) -> None:
    found = look(path, "1,2\n3,4\n", Dialect(header=True))
    assert ([column.name for column in found.columns], found.rows) == (["1", "2"], 1)


def test_equal_and_empty_names_are_told_apart(path: Path) -> None:
    found = look(path, "a,a,,a.1,b\n1,2,3,4,5\n6,7,8,9,0\n")
    assert [column.name for column in found.columns] == ["a", "a.2", "column 3", "a.1", "b"]
    assert "“a” is now “a.2”" in found.notes[0]


def test_missing_and_odd_cells_are_counted_and_placed(path: Path) -> None:
    rows = [f"{n},{n}" for n in range(40)]
    rows[16], rows[20], rows[30] = "16,NA", "20,n/a", "30,many"
    found = look(path, "n,age\n" + "\n".join(rows) + "\n")
    age = found.columns[1]
    assert (age.kind, age.missing, age.unreadable, age.first_bad) == ("number", 2, 1, "row 17: “NA”")


def test_infinite_numbers_are_counted_apart(path: Path) -> None:
    found = look(path, "a,b\n1,2\ninf,3\n1e400,4\nnan,5\n")
    assert (found.columns[0].missing, found.columns[0].unreadable) == (1, 2)
    assert found.columns[0].first_bad == "row 2: “infinite”"


def test_huge_whole_numbers_are_noted(path: Path) -> None:
    found = look(path, "id,y\n9007199254740993,1\n16777217,2\n")
    assert "rounded" in found.columns[0].note


def test_a_target_of_one_class_is_said(path: Path) -> None:
    found = look(path, "x,label\n1,a\n2,a\n3,a\n")
    assert "one single value" in found.notes[0]


def test_a_hundred_thousand_categories_are_counted(path: Path) -> None:
    found = look(path, "name,y\n" + "".join(f"n{index},{index % 2}\n" for index in range(100_000)))
    assert (found.columns[0].distinct, found.columns[0].kind, found.columns[0].role) == (100_000, "category", "ignored")


def test_rows_of_another_width_are_counted_and_placed(path: Path) -> None:
    found = look(path, "a,b\n1,2\n3\n4,5,\n6,7,8\n9,10\n")
    assert (found.rows, found.ragged) == (3, 2)
    assert found.first_ragged == "row 2 has 1 cells, but the table has 2 columns"


def test_one_row_is_a_table(path: Path) -> None:
    assert look(path, "a,b\n1,2\n").rows == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"a,b\n", "not one row"),
        (b"a,b", "not one row"),
        (b"\n\n\n", "no table"),
        (b'a,b\n1,"2\n3,4\n5,6\n', "opened in line 2 is never closed"),
        (b"\x00\x01\x02\x03" * 50, "no text table"),
        (b"a,b,c\n1\n2\n3\n", "Most rows have another number of cells"),
        (b"\xff\xfea\x00,\x00b\x00\n\x00\x00\xd8\x01\x00\n\x00", "not written in utf-16"),
        (b"\xef\xbb\xbfa,b\n1,2\xff\n", "not written in utf-8-sig"),
    ],
)
def test_what_is_wrong_is_said(path: Path, data: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        look(path, data)


def test_a_late_sign_of_another_encoding_is_read_too(path: Path) -> None:
    text = "a,b\n" + "1,x\n" * 200_000 + "2,Köln\n"
    found = look(path, text.encode("cp1252"))
    assert (found.dialect.encoding, found.rows, found.columns[1].distinct) == ("cp1252", 200_001, 2)


def test_folders_pipes_and_missing_files_are_refused(tmp_path: Path) -> None:

    for place, said in (
        (tmp_path, "is a folder"),
        (tmp_path / "none.csv", "not there"),
        (Path("/dev/zero"), "no ordinary"),
    ):
        with pytest.raises(Unreadable, match=said):
            next(survey_text(str(place), None))


def test_quoted_newlines_over_the_ends_of_pieces(path: Path) -> None:
    """Cells with newlines lie across the pieces in which the file is read."""
    long = "line\n" * 300
    frame = pd.DataFrame({"text": [f"{index} {long}" for index in range(1500)], "y": range(1500)})
    frame.to_csv(path, index=False)
    found = look(path, path.read_bytes())
    assert (found.rows, found.columns[0].distinct, found.columns[1].high) == (1500, 1500, 1499.0)


def test_many_pieces_of_numbers_add_up(path: Path) -> None:
    numbers = np.random.default_rng(0).normal(size=(40_000, 5))
    pd.DataFrame(numbers).to_csv(path, index=False, header=False)
    found = look(path, path.read_bytes())
    assert found.rows == 40_000
    assert [column.low for column in found.columns] == numbers.min(axis=0).tolist()
    assert [column.high for column in found.columns] == numbers.max(axis=0).tolist()


def test_numbers_are_those_of_plain_python() -> None:
    assert number(" 1e5 ") == 1e5
    assert number("1,5", ",") == 1.5
    for text in ("1_000", "0x10", "١", "1.2.3", "", "e5", "1,5"):
        assert number(text) is None, text
    assert (day("31.05.2024"), day("2024-05-31T12:00:00")) == (19874.0, 19874.5)
    assert day("2024-02-30") is None
    assert day("05/06/2024") is None
