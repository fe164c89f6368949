"""What identity_svc tells the common tools about itself."""

from shared.service import Service

SERVICE = Service(
    name="identity_svc",
    roles=("web", "worker", "relay"),
    settings="identity_svc.settings:Settings",
    metadata="identity_svc.tables:Base.metadata",
    app="identity_svc.app:create_app",
    handlers="identity_svc.worker:HANDLERS",
    sweeps="identity_svc.worker:SWEEPS",
    commands="identity_svc.cli:COMMANDS",
)
