"""What notify_svc tells the common tools about itself."""

from shared.service import Service, WorkerKind

SERVICE = Service(
    name="notify_svc",
    roles=("web", "worker", "mailer", "relay"),
    settings="notify_svc.settings:Settings",
    metadata="notify_svc.tables:Base.metadata",
    app="notify_svc.app:create_app",
    handlers="notify_svc.worker:HANDLERS",
    # A slow mail server keeps nobody waiting but the mail.
    workers={
        "worker": WorkerKind(queues=("notify_svc",)),
        "mailer": WorkerKind(queues=("notify_svc.mail",), threads="mail_concurrency"),
    },
    effects="notify_svc.worker:make_effects",
    sweeps="notify_svc.worker:SWEEPS",
    commands="notify_svc.cli:COMMANDS",
    needs_catalog=True,
)
