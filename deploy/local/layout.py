"""Where the local stack keeps what, below one directory."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Layout:
    """The files of one local stack; `directory` is absolute and holds them all."""

    directory: Path

    @property
    def settings(self) -> Path:
        """The environment of every process, secrets included, readable by its owner alone."""
        return self.directory / "settings.env"

    @property
    def clients(self) -> Path:
        """The sign-in clients of identity_svc, secrets included."""
        return self.directory / "clients.json"

    @property
    def password(self) -> Path:
        """The password of every demonstration account."""
        return self.directory / "demonstration-password"

    @property
    def stack(self) -> Path:
        """What is running and where, for people and for tests."""
        return self.directory / "stack.json"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data directory."""
        return self.directory / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's data directory."""
        return self.directory / "valkey"

    @property
    def mail(self) -> Path:
        """One .eml file for each mail that the mailbox received."""
        return self.directory / "mail"

    @property
    def ready(self) -> Path:
        """One empty file for each background process that has told that it is ready."""
        return self.directory / "ready"

    @property
    def logs(self) -> Path:
        """One log file for each process."""
        return self.directory / "logs"

    def log(self, name: str) -> Path:
        """Returns the log of the process called `name`."""
        return self.logs / f"{name}.log"

    def make(self) -> None:
        """Creates the directories that are missing; only their owner can look into them."""
        for path in (self.directory, self.valkey, self.mail, self.ready, self.logs):
            path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def forget_ready(self) -> None:
        """Removes what an earlier run's processes have left to tell that they were ready."""
        for file in self.ready.iterdir():
            file.unlink()
