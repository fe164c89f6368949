"""`python -m deploy.local.mailbox`: runs the SMTP server and the page in one process."""

import signal
from pathlib import Path

import click
from werkzeug.serving import WSGIRequestHandler, make_server

from deploy.local.mailbox.smtp import smtp_server
from deploy.local.mailbox.store import MailStore
from deploy.local.mailbox.web import create_app

Address = tuple[str, int]


class Quiet(WSGIRequestHandler):
    """Writes no line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""


def address(_context: click.Context, _parameter: click.Parameter, text: str) -> Address:
    """Returns the host and port of "host:port"."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise click.BadParameter("must be host:port")
    return host, int(port)


@click.command()
@click.option("--directory", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--assets", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--http", required=True, callback=address, help="host:port of the page.")
@click.option("--smtp", required=True, callback=address, help="host:port of the SMTP server.")
def main(directory: Path, assets: Path, http: Address, smtp: Address) -> None:
    """Receive mail on one address and show it on another until SIGTERM or Ctrl-C."""
    store = MailStore(directory)
    receiver = smtp_server(store, *smtp)
    page = make_server(*http, create_app(store, assets), threaded=True, request_handler=Quiet)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    receiver.start()
    try:
        page.serve_forever()
    except KeyboardInterrupt:
        click.echo("Stopping")
    finally:
        receiver.stop()
        page.server_close()


if __name__ == "__main__":
    main()
