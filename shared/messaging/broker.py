"""The Celery application of every service's processes; docs/adr/0011 gives the reason of each setting."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from celery import Celery
from kombu import Queue

TASK = "countersign.receive"
CHUNK_BUDGET_SECONDS = 120
"""When a worker begins nothing more of a chunk. What it began may take 6 minutes more: a mail's longest dialogue."""
VISIBILITY_TIMEOUT_SECONDS = 600
"""A task that a worker took and did not finish in this time is given out again by the broker.

It is longer than the longest task, so that nothing slow is given out twice. Nobody waits for it when a worker was
killed: its messages have no receipt, and their sender sends them again after 15 seconds.
"""
LOOK_FOR_ABANDONED_SECONDS = 10
SOCKET_TIMEOUT_SECONDS = 15


def make_celery(service: str, broker_url: str, queues: Sequence[str] = ()) -> Celery:
    """Returns a Celery app that consumes these queues, as a worker, or none, as a relay."""
    app = Celery(service, broker=broker_url, set_as_current=False)
    app.conf.update(
        task_queues=[Queue(name) for name in queues or (service,)],
        task_default_queue=service,
        task_create_missing_queues=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_acks_on_failure_or_timeout=False,
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_enable_remote_control=False,
        worker_soft_shutdown_timeout=10.0,
        # What a lost connection leaves running would be taken off the prefetch, which is one already.
        worker_enable_prefetch_count_reduction=False,
        # Only a pool of processes can cancel what it runs; ours are threads, and a repeat is harmless.
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport=_transport(broker_url),
        broker_transport_options={
            "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
            "unacked_restore_interval": LOOK_FOR_ABANDONED_SECONDS,
            "unacked_restore_throttle": 1,
            "socket_keepalive": True,
            "socket_connect_timeout": 5,
            "socket_timeout": SOCKET_TIMEOUT_SECONDS,
            "health_check_interval": 10,
        },
        timezone="UTC",
        enable_utc=True,
    )
    return app


def _transport(broker_url: str) -> str | None:
    """Returns our own transport for Redis's protocol; None is what the URL itself says, such as AMQP or a sentinel."""
    return "shared.messaging.transport:Transport" if urlsplit(broker_url).scheme in ("redis", "rediss") else None
