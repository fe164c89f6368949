"""What is wrong with a request before any of our pages sees it: sent to the web process that production runs."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from request_svc.app import create_app
from request_svc.settings import Settings
from shared.clock import utc_now
from shared.db import Database
from shared.settings import load
from shared.web.bodies import MAX_FORM_BYTES, MAX_FORM_FIELDS
from shared.web.person import new_session
from tests.architecture.journeys import OPERATIONS
from tests.attack.bad_input.hostile import NEVER_SHOWN
from tests.attack.bad_input.served import Answer, Served, serving
from tests.conftest import fresh_database
from tests.pages import heading, token_of

FORM = "Content-Type: application/x-www-form-urlencoded"
MULTIPART = "Content-Type: multipart/form-data; boundary=cut"
TOO_MUCH = "That was too much"


@pytest.fixture(scope="module")
def database(settings_environ: dict[str, str]) -> Iterator[Database]:
    yield from fresh_database("request_svc", settings_environ)


@pytest.fixture(scope="module")
def server(
    database: Database, settings_environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with serving("request_svc", settings_environ, tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.fixture(scope="module")
def cookie(database: Database, settings_environ: dict[str, str]) -> str:
    """The header of a browser in which somebody is signed in."""
    app = create_app(load(Settings, settings_environ), database)
    signed = app.session_interface.get_signing_serializer(app).dumps(new_session(OPERATIONS, utc_now()))  # type: ignore[attr-defined]  # Flask's own, of cookies
    return f"Cookie: {app.config['SESSION_COOKIE_NAME']}={signed}"


@pytest.fixture(autouse=True)
def nothing_is_stored(database: Database) -> Iterator[None]:
    yield
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM drafts")) == 0


def tells_nothing(answer: Answer) -> bool:
    words = answer.text + str(answer.headers)
    return not any(word in words for word in (*NEVER_SHOWN, "Traceback", "werkzeug", 'File "'))


def post(server: Served, cookie: str, *headers: str, body: bytes, then_close: bool = False) -> Answer:
    return server.request("POST /request-role HTTP/1.1", cookie, *headers, body=body, then_close=then_close)


def length_of(body: bytes) -> str:
    return f"Content-Length: {len(body)}"


def chunked(body: bytes, size: int = 4096) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


# ── too much ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [MAX_FORM_BYTES + 1, 8 * 1024 * 1024])
@pytest.mark.parametrize("kind", [FORM, MULTIPART, "Content-Type: text/plain", "Content-Type: application/json"])
def test_a_form_that_is_too_large_is_refused_with_a_page(server: Served, cookie: str, size: int, kind: str) -> None:
    body = b"category=" + b"a" * size
    answer = post(server, cookie, kind, length_of(body), body=body)
    if kind in (FORM, MULTIPART):
        assert (answer.status, heading(answer.text)) == (413, TOO_MUCH)
    assert 400 <= answer.status < 500
    assert "Content-Security-Policy" in answer.headers


def test_a_form_that_does_not_say_how_large_it_is(server: Served, cookie: str) -> None:
    body = chunked(b"category=" + b"a" * MAX_FORM_BYTES)
    answer = post(server, cookie, FORM, "Transfer-Encoding: chunked", body=body)
    assert (answer.status, heading(answer.text)) == (413, TOO_MUCH)


def test_one_part_that_is_too_large(server: Served, cookie: str) -> None:
    body = (
        b'--cut\r\nContent-Disposition: form-data; name="category"\r\n\r\n' + b"a" * MAX_FORM_BYTES + b"\r\n--cut--\r\n"
    )
    answer = post(server, cookie, MULTIPART, length_of(body), body=body)
    assert (answer.status, heading(answer.text)) == (413, TOO_MUCH)


@pytest.mark.parametrize("fields", [b"&a" * (MAX_FORM_FIELDS + 1), b"&a=1" * (MAX_FORM_FIELDS * 10)])
def test_too_many_fields(server: Served, cookie: str, fields: bytes) -> None:
    answer = post(server, cookie, FORM, length_of(fields), body=fields)
    assert (answer.status, heading(answer.text)) == (413, TOO_MUCH)


def test_too_many_parts(server: Served, cookie: str) -> None:
    body = b'--cut\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * (MAX_FORM_FIELDS + 1) + b"--cut--\r\n"
    answer = post(server, cookie, MULTIPART, length_of(body), body=body)
    assert (answer.status, heading(answer.text)) == (413, TOO_MUCH)


@pytest.mark.parametrize(
    "header", [f"X-Long: {'a' * 20_000}", "\r\n".join(f"X-{n}: 1" for n in range(300)), f"Cookie: a={'b' * 9000}"]
)
def test_headers_without_end(server: Served, header: str) -> None:
    answer = server.request("GET /healthz HTTP/1.1", header)
    assert 400 <= answer.status < 500
    assert tells_nothing(answer)


def test_an_address_without_end(server: Served) -> None:
    answer = server.request(f"GET /role-finder?privilege={'a' * 20_000} HTTP/1.1")
    assert 400 <= answer.status < 500
    assert tells_nothing(answer)


# ── malformed ───────────────────────────────────────────────────────────────────────────────────────

PART = b'Content-Disposition: form-data; name="category"\r\n\r\ncms\r\n'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (MULTIPART, b""),
        (MULTIPART, b"category=cms"),
        (MULTIPART, b"--cut\r\n" + PART),
        (MULTIPART, b"--cut\r\n" + PART + b"--cut"),
        (MULTIPART, b"--cut\r\nContent-Disposition: form-data\r\n\r\ncms\r\n--cut--\r\n"),
        (MULTIPART, b"--cut\r\nNo header at all\r\n\r\ncms\r\n--cut--\r\n"),
        (MULTIPART, b"--cut\r\nX: " + b"a" * 100_000 + b"\r\n\r\ncms\r\n--cut--\r\n"),
        (MULTIPART, b"--cut\r\nContent-Type: text/plain; charset=utf-7\r\n" + PART + b"--cut--\r\n"),
        (MULTIPART, b"--cut\r\nContent-Transfer-Encoding: base64\r\n" + PART + b"--cut--\r\n"),
        (
            MULTIPART,
            b'--cut\r\nContent-Disposition: form-data; name="category"; filename="../../x"\r\n\r\nx\r\n--cut--\r\n',
        ),
        ("Content-Type: multipart/form-data", b"--cut\r\n" + PART + b"--cut--\r\n"),
        (f"Content-Type: multipart/form-data; boundary={'x' * 500}", b"--cut--"),
        ("Content-Type: multipart/form-data; boundary=\xff", b"--\xff--"),
        ("Content-Type: ;;;=", b"category=cms"),
        ("Content-Type: application/json", b'{"category": "cms"}'),
        ("Content-Type: application/json", b"[" * 100_000),
        ("Content-Type: application/xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
        ("Content-Type: text/plain", b"category=cms"),
        ("Content-Type: application/x-www-form-urlencoded; charset=utf-16", "category=cms".encode("utf-16")),
        ("Content-Encoding: gzip\r\n" + FORM, b"\x1f\x8b\x08\0\0\0\0\0"),
        (FORM, b"%ff%fe=%00&category=%ed%a0%80&%zz&=&&=category"),
        (FORM, bytes(range(256))),
    ],
)
def test_a_body_that_is_no_form_of_ours(server: Served, cookie: str, kind: str, body: bytes) -> None:
    answer = post(server, cookie, kind, length_of(body), body=body)
    assert answer.status in (400, 413)
    assert heading(answer.text)
    assert tells_nothing(answer)


@pytest.mark.parametrize("kind", [FORM, MULTIPART])
def test_a_body_that_breaks_off(server: Served, cookie: str, kind: str) -> None:
    body = b"category=cms" if kind == FORM else b"--cut\r\n" + PART
    answer = post(server, cookie, kind, "Content-Length: 1000", body=body, then_close=True)
    assert answer.status == 400
    assert tells_nothing(answer)


@pytest.mark.parametrize(
    "headers",
    [
        *(["Content-Length: -1"], ["Content-Length: 1e3"], ["Content-Length: +5"], ["Content-Length: 5, 6"]),
        *(["Content-Length: 5", "Content-Length: 50"], ["Content-Length: 0x5"], [f"Content-Length: {'9' * 5000}"]),
        *(["Content-Length: 5", "Transfer-Encoding: chunked"], ["Transfer-Encoding: chunked, identity"]),
        *(["Transfer-Encoding: xchunked"], ["Transfer-Encoding : chunked"], ["Transfer-Encoding:\x0bchunked"]),
    ],
)
def test_two_servers_could_disagree_where_this_body_ends(server: Served, cookie: str, headers: list[str]) -> None:
    """Request smuggling: such a request is refused, and the rest of it is not taken for another one."""
    smuggled = b"0\r\n\r\nGET /role-finder HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    answer = post(server, cookie, FORM, *headers, body=smuggled, then_close=True)
    assert 400 <= answer.status < 502
    assert answer.status in (400, 413, 501)
    assert "Role Finder" not in answer.text
    assert tells_nothing(answer)


@pytest.mark.parametrize(
    "body", [b"zz\r\nhello\r\n", b"-5\r\nhello\r\n", b"5\r\nhelloXX5\r\n", b"5;x\r\nhel", b"ffffffffffffffff1\r\nx"]
)
def test_pieces_that_do_not_add_up(server: Served, cookie: str, body: bytes) -> None:
    answer = post(server, cookie, FORM, "Transfer-Encoding: chunked", body=body, then_close=True)
    assert answer.status == 400
    assert tells_nothing(answer)


# ── addresses ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path",
    [
        *("/assets/uswds/../../../../../../etc/passwd", "/assets/uswds/..%2f..%2f..%2f..%2fetc%2fpasswd"),
        *(
            "/assets/uswds/%2e%2e/package.json",
            "/assets/countersign/../templates/base.html",
        ),
        *("/assets/countersign/..%5c..%5cfactory.py", "/assets/request/../forms.py"),
        *(
            "/assets/uswds/css%00/uswds.min.css",
            "/assets/uswds/css",
            f"/assets/uswds/{'a/' * 1000}",
            "/assets/uswds/%ff",
        ),
        *(
            "/roles/%00",
            "/roles/%ff%fe",
            "/roles/%ed%a0%80",
            "/roles/..%2f",
            "/roles/%0d%0aX-Injected:%20yes",
            "/roles/%252e",
        ),
    ],
)
def test_paths_that_lead_out_of_a_folder_or_nowhere(server: Served, path: str) -> None:
    answer = server.request(f"GET {path} HTTP/1.1")
    assert (answer.status, heading(answer.text)) == (404, "Page not found")
    assert tells_nothing(answer)
    assert "X-Injected" not in answer.headers


@pytest.mark.parametrize(
    "line",
    [
        *(b"GET /roles/\xff\xfe HTTP/1.1", b"GET /roles/\0 HTTP/1.1", b"GET  HTTP/1.1", b"GET / HTTP/9.9", b"GET /"),
        *(b"G\0T / HTTP/1.1", b"{{7*7}} / HTTP/1.1", b"<script>alert(5)</script> / HTTP/1.1", b"\x16\x03\x01\x02", b""),
        *(b"GET http://[::1/ HTTP/1.1", b"get /healthz HTTP/1.1", b"DELETE / HTTP/1.1", b"TRACE / HTTP/1.1"),
    ],
)
def test_a_first_line_that_makes_no_sense(server: Served, line: bytes) -> None:
    answer = server.request(line)
    assert 400 <= answer.status < 500 or answer.status in (501, 505)
    assert tells_nothing(answer)


def test_the_way_to_sign_in_carries_no_line_break(server: Served) -> None:
    answer = server.request("GET /my-profile?x=%0d%0aX-Injected:%20yes%0d%0a&y=%ff%00 HTTP/1.1")
    assert answer.status == 302
    assert "X-Injected" not in answer.headers


def test_slashes_that_make_a_host_name_stay_on_this_host(server: Served) -> None:
    for path in (
        "//evil.example/..",
        "/assets/uswds//evil.example",
        "/%2fevil.example",
        "/roles//evil.example",
        "/\\\\evil",
    ):
        answer = server.request(f"GET {path} HTTP/1.1")
        assert answer.status in (308, 404)
        assert urlsplit(answer.headers.get("Location", "")).hostname in (None, "127.0.0.1")


def test_ranges_without_end(server: Served) -> None:
    many = ",".join(f"{start}-{start + 1}" for start in range(0, 3000, 3))[:8000]
    for ranges in (many, "0-,-1,5-4", "99999999999999999999-", "-0", "x"):
        answer = server.request("GET /assets/countersign/countersign.css HTTP/1.1", f"Range: bytes={ranges}")
        assert answer.status in (200, 206, 416)
        assert tells_nothing(answer)


def test_an_ordinary_form_in_pieces_is_taken(server: Served, cookie: str, database: Database) -> None:
    """The refusals above are not refusals of everything."""
    page = server.request("GET /request-role HTTP/1.1", cookie)
    fresh = f"Cookie: {page.headers['Set-Cookie'].partition(';')[0]}"
    body = chunked(f"csrf_token={token_of(page.text)}&category=cms".encode(), size=7)
    assert post(server, fresh, FORM, "Transfer-Encoding: chunked", body=body).status == 303
    with database.transaction() as session:
        assert session.execute(text("DELETE FROM drafts RETURNING category_id")).scalars().all() == ["cms"]
