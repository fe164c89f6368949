"""`countersign`: starts processes, migrates, and gathers the commands of every service.

Exit codes: 0 done, 1 a named refusal or a failed check, 2 wrong use of the command line.
"""

import os
from pathlib import Path
from typing import Any

import click

from shared.catalog import CatalogError
from shared.service import find_service, installed_services
from shared.settings import SettingsError

ROLES = click.Choice(["web", "worker", "mailer", "relay", "beat"])


class Gathered(click.Group):
    """A group that also has each installed service's commands, and says refusals without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns the names of all commands, our own and the services'."""
        return sorted({*super().list_commands(ctx), *_service_commands()})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Returns our own command of that name, else a service's."""
        return super().get_command(ctx, name) or _service_commands().get(name)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; unusable settings, or an unusable catalog, end it with their list of problems."""
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise click.ClickException(str(error)) from error
        except CatalogError as error:
            problems = "".join(f"\n  {problem}" for problem in error.problems)
            raise click.ClickException(f"the catalog cannot be used:{problems}") from error


def _service_commands() -> dict[str, click.Command]:
    from shared.audit_commands import audit
    from shared.catalog.commands import catalog
    from shared.messaging.commands import dead_letters
    from shared.ticking import tick

    found: dict[str, click.Command] = {str(each.name): each for each in (audit, catalog, dead_letters, tick)}
    for service in installed_services():
        for command in service.load(service.commands) or []:
            found[str(command.name)] = command
    return found


@click.group(cls=Gathered, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--env-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="NAME=value lines.")
def main(env_file: Path | None) -> None:
    """Countersign: approval and notification of role requests."""
    for line in env_file.read_text().splitlines() if env_file else []:
        name, separator, value = line.partition("=")
        if separator and not name.lstrip().startswith("#"):
            os.environ.setdefault(name.strip(), value.strip())


@main.command()
@click.argument("service")
@click.argument("role", type=ROLES)
def run(service: str, role: Any) -> None:
    """Start one process of SERVICE and stay until it is stopped."""
    from shared import runner

    try:
        runner.run(find_service(service), role, os.environ)
    except (LookupError, runner.NoSuchRoleError) as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.argument("services", nargs=-1)
def migrate(services: tuple[str, ...]) -> None:
    """Bring the databases of SERVICES (all by default) to the newest version."""
    from shared import migrate as migrations

    for service in [find_service(name) for name in services] or installed_services():
        migrations.upgrade(service, os.environ)
        click.echo(f"{service.name}: up to date")


@main.command("make-migration")
@click.argument("service")
@click.option("-m", "--message", required=True)
def make_migration(service: str, message: str) -> None:
    """Write a migration of SERVICE for what its models have and its database has not."""
    from shared import migrate as migrations

    migrations.new_revision(find_service(service), os.environ, message)


@main.command("settings")
def show_settings() -> None:
    """Print every setting as the rows of docs/settings.md."""
    from shared.settings_table import as_markdown

    click.echo(as_markdown())
