"""Faults of processes: killed, stopped for a while, or there twice."""

import subprocess

import psutil

from deploy.faults.injectors.injector import Struck
from deploy.faults.stack import Stack, StillDownError, kill, wait_until
from deploy.local.programs import ROLES

DOUBLED = ("relay", "beat")
PATIENCE_SECONDS = 30.0


def kill_program(stack: Stack, target: str, _seconds: float) -> Struck:
    """Kills the process of a program (SIGKILL); the supervisor starts another."""
    pid = stack.kill(target)
    struck = Struck(f"{target} was process {pid}" if pid else f"{target} did not run", met=bool(pid))
    stack.wait_ready(target, other_than=pid)
    return struck


def kill_gunicorn_worker(stack: Stack, target: str, _seconds: float) -> Struck:
    """Kills one of the processes that answer requests, not the one that looks after them."""
    victims = _children(stack, target)
    if victims:
        kill(victims[0])
    struck = Struck(f"{target} lost worker {victims[0]}" if victims else f"{target} did not run", met=bool(victims))
    wait_until(lambda: bool(set(_children(stack, target)) - set(victims[:1])), f"{target} has no new worker")
    stack.wait_ready(target)
    return struck


def stop_service(stack: Stack, target: str, seconds: float) -> Struck:
    """Stops every process of a service for the whole time."""
    names = stack.programs_of(target)
    stack.stop(*names)
    stack.endure(seconds)
    struck = Struck(f"without {', '.join(names)}")
    stack.start(*names)
    return struck


def run_twice(stack: Stack, _target: str, seconds: float) -> Struck:
    """Runs a second relay of each service, and a second beat of each that has one, beside the first.

    Half of them are ended in good order, the others killed.
    """
    wanted = [(service, role) for service, roles in ROLES.items() for role in roles if role in DOUBLED]
    second = [stack.spawn(service, role, called=f"second-{service}-{role}") for service, role in wanted]
    try:
        stack.endure(seconds)
        alive = [process for process in second if process.poll() is None]
        for process in alive[::2]:
            process.terminate()
    finally:
        _end(second)
    struck = Struck(f"{len(wanted)} more processes, {len(alive)} of them to the end")
    if not alive:
        raise StillDownError("No second process lived")
    return struck


def _end(processes: list["subprocess.Popen[bytes]"]) -> None:
    for process in processes[1::2]:
        process.kill()
    for process in processes:
        try:
            process.wait(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _children(stack: Stack, name: str) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(stack.pid(name)).children()]
    except (psutil.NoSuchProcess, ValueError):
        return []
