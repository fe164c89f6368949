"""CSV files that operators import: formulas, control characters, wrong encodings, files without end."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from shared.cli import main
from shared.command_line import LARGEST_FILE
from shared.db import Database
from tests.identity_svc.factories import PASSWORD

Import = Callable[[bytes], Result]

ORGANIZATIONS = b"id,name,time_zone\n"
OFFICIALS = b"authority_kind,organization_id,user_id,name,email,phone,time_zone\n"
ACCOUNTS = b"user_id,name,email,phone,groups\n"
ROWS = {
    "organizations": (ORGANIZATIONS, "good-hope,{name},America/Chicago\n"),
    "officials": (OFFICIALS, "cms,,margaret,{name},m@x.example,555-0100,\n"),
    "accounts": (ACCOUNTS, "margaret,{name},m@x.example,555-0100,\n"),
}
COMMANDS = {"organizations": ["import", "mac"], "officials": ["import"], "accounts": ["import"]}
EVERY_IMPORT = pytest.mark.parametrize("what", ROWS)


@pytest.fixture
def databases(
    request_database: Database, approval_database: Database, identity_database: Database
) -> dict[str, Database]:
    return {"organizations": request_database, "officials": approval_database, "accounts": identity_database}


@pytest.fixture
def import_file(what: str, settings_environ: dict[str, str], tmp_path: Path) -> Import:
    password = tmp_path / "password.txt"
    password.write_text(PASSWORD)
    more = ["--password-file", str(password)] if what == "accounts" else []

    def import_(content: bytes) -> Result:
        file = tmp_path / "rows.csv"
        file.write_bytes(content)
        return CliRunner(env=settings_environ).invoke(main, [what, *COMMANDS[what], str(file), *more])

    return import_


def stored(database: Database, what: str) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(text(f"SELECT name FROM {what}")))


def refused(result: Result) -> bool:
    return result.exit_code == 1 and isinstance(result.exception, SystemExit)


@EVERY_IMPORT
@pytest.mark.parametrize(
    "name",
    [
        *('"=HYPERLINK(""https://evil.example"",""x"")"', "@SUM(A1:A9)", "+1-555", "-2+3", "=cmd|' /C calc'!A0"),
        *("Good\0Hope", "Good\x1b[31mHope", "Good\u202eHope", '"Good\r\nHope"', "Good\u200bHope", "G" * 201, "\ufffe"),
    ],
)
def test_a_name_that_would_do_harm_is_refused_and_nothing_is_stored(
    databases: dict[str, Database], import_file: Import, what: str, name: str
) -> None:
    header, row = ROWS[what]
    result = import_file(header + row.format(name=name).encode())

    assert refused(result), result.output
    assert "line 2" in result.output or "line 3" in result.output  # one of the names has two lines
    assert not set(result.output) & set("\0\x1b\u202e\u200b")
    assert stored(databases[what], what) == []


@EVERY_IMPORT
def test_markup_in_a_name_is_a_name_like_others(databases: dict[str, Database], import_file: Import, what: str) -> None:
    header, row = ROWS[what]
    name = "<b>Good</b> & {{ 7*7 }} %s 'Hope'"
    assert import_file(b"\xef\xbb\xbf" + header + row.format(name=name).encode()).exit_code == 0
    assert stored(databases[what], what) == [name]


@EVERY_IMPORT
@pytest.mark.parametrize(
    "content",
    [
        *(
            b"",
            b"\n\n\n",
            b"\0\0\0\0",
            b"\xff\xfe" + "id,name,time_zone\n".encode("utf-16-le"),
            b"PK\x03\x04" + bytes(range(256)),
        ),
        *(b"id,name,time_zone\n\xe9,\xe9,\xe9\n", b'"' * 200_001, b"x" * 200_000, b"a,a,a\n1,2,3\n", b'id,"na\nme\n'),
    ],
)
def test_what_is_no_csv_is_refused_in_words(
    databases: dict[str, Database], import_file: Import, what: str, content: bytes
) -> None:
    result = import_file(content)
    assert refused(result), (result.output, result.exception)
    assert result.output.strip()
    assert stored(databases[what], what) == []


@EVERY_IMPORT
def test_a_row_of_too_many_or_endless_values_is_refused(
    databases: dict[str, Database], import_file: Import, what: str
) -> None:
    header, row = ROWS[what]
    good = row.format(name="Good Hope")
    assert refused(import_file(header + row.format(name="x" * 200_000).encode()))
    if what != "officials":
        assert refused(import_file(header + f"{good.strip()},more,and more\n".encode()))
    assert stored(databases[what], what) == []


@EVERY_IMPORT
def test_a_file_without_end_is_not_even_read(
    databases: dict[str, Database], import_file: Import, what: str, tmp_path: Path
) -> None:
    result = import_file(b"x" * (LARGEST_FILE + 1))
    assert refused(result)
    assert "larger than 32 MB" in result.output


@pytest.mark.parametrize("what", ["officials"])
def test_many_rows_cost_no_more_than_their_number(
    databases: dict[str, Database], import_file: Import, what: str
) -> None:
    rows = b"".join(b"cms,,official.%d,Margaret Osei,m@x.example,,\n" % number for number in range(20_000))
    result = import_file(OFFICIALS + rows + b"cms,,margaret,Margaret Osei,m@x.example,,Mars\n")
    assert refused(result)
    assert result.output.count("line ") == 1
