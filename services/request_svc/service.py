"""What request_svc tells the common tools about itself."""

from shared.service import Service

SERVICE = Service(
    name="request_svc",
    roles=("web", "worker", "relay"),
    settings="request_svc.settings:Settings",
    metadata="request_svc.tables:Base.metadata",
    app="request_svc.app:create_app",
    handlers="request_svc.worker:HANDLERS",
    sweeps="request_svc.worker:SWEEPS",
    commands="request_svc.cli:COMMANDS",
    needs_catalog=True,
)
