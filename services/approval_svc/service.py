"""What approval_svc tells the common tools about itself."""

from shared.service import Service

SERVICE = Service(
    name="approval_svc",
    roles=("web", "worker", "relay", "beat"),
    settings="approval_svc.settings:Settings",
    metadata="approval_svc.tables:Base.metadata",
    app="approval_svc.app:create_app",
    handlers="approval_svc.worker:make_handlers",
    prepare="approval_svc.worker:prepare",
    schedule="approval_svc.worker:make_schedule",
    commands="approval_svc.cli:COMMANDS",
    needs_catalog=True,
)
