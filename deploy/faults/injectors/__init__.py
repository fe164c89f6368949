"""The injectors: one for each kind of fault, found by the kind's name."""

from collections.abc import Mapping

from deploy.faults.injectors import broker, clock, database, mail, messages, processes
from deploy.faults.injectors.injector import Injected, Injector, Strike, Struck
from deploy.faults.kinds import KINDS
from deploy.faults.smtp import Mode

_STRIKES: Mapping[str, Strike] = {
    **{kind: processes.kill_program for kind in KINDS if kind.startswith("kill ")},
    "kill gunicorn worker": processes.kill_gunicorn_worker,
    "broker flushed": broker.flush,
    "broker killed without its data": broker.kill_without_data,
    "broker away": broker.be_away,
    "broker disk full": broker.fill_disk,
    "postgres restarted at once": database.restart_at_once,
    "postgres connections cut": database.cut_connections,
    "smtp refuses connections": mail.misbehave(lambda _target: Mode.CLOSED),
    "smtp answers 4xx": mail.misbehave(lambda stage: Mode(f"4xx at {stage}")),
    "smtp answers 5xx": mail.misbehave(lambda _address: Mode.PERMANENT),
    "smtp hangs": mail.misbehave(lambda _target: Mode.HANGING),
    "kill mailer after 250": mail.kill_mailer_after_250,
    "smtp cuts after DATA": mail.misbehave(lambda _target: Mode.CUTTING),
    "a day of ticks skipped": clock.skip_a_day,
    "service stopped": processes.stop_service,
    "two relays and two beats": processes.run_twice,
    "messages repeated": messages.repeat,
    "messages out of order": messages.hold_back,
    "poison": messages.poison,
}

INJECTORS: Mapping[str, Injector] = {kind: Injector(kind, strike) for kind, strike in _STRIKES.items()}

__all__ = ["INJECTORS", "Injected", "Injector", "Struck"]
