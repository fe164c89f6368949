"""The Celery application that every service's processes share the set-up of."""

from collections.abc import Sequence

from celery import Celery
from kombu import Queue

TASK = "countersign.receive"
VISIBILITY_TIMEOUT_SECONDS = 60
"""A task that a worker took and did not finish in this time is given out again.

A worker that was killed says nothing to the broker, so this is how long people wait for what it held. Too short does
no harm: a task given out twice takes effect once (inbox, and the claim on a notice).
"""
LOOK_FOR_ABANDONED_SECONDS = 10


def make_celery(service: str, broker_url: str, queues: Sequence[str] = ()) -> Celery:
    """Returns a Celery app that consumes these queues, as a worker, or none, as a relay.

    Acks come late and an unfinished task goes back to the queue, because a worker may be killed at any moment;
    one message at a time is prefetched, because a task is already a chunk of messages; no results, because
    effects are rows; the connection is tried for ever, because a broker that is away must only delay.
    """
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
        worker_cancel_long_running_tasks_on_connection_loss=True,
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
            "unacked_restore_interval": LOOK_FOR_ABANDONED_SECONDS,
            "unacked_restore_throttle": 1,
            "socket_keepalive": True,
            "socket_connect_timeout": 5,
        },
        timezone="UTC",
        enable_utc=True,
    )
    return app
