"""What notify_svc tells the common tools about itself."""

from shared.service import Service

SERVICE = Service(
    name="notify_svc",
    roles=("web", "worker", "relay"),
    settings="notify_svc.settings:Settings",
    metadata="notify_svc.tables:Base.metadata",
    app="notify_svc.app:create_app",
    handlers="notify_svc.worker:HANDLERS",
    effects="notify_svc.worker:make_effects",
    sweeps="notify_svc.worker:SWEEPS",
    commands="notify_svc.cli:COMMANDS",
)
