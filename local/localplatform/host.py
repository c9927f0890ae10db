"""The machine that measures: what it is, and how much of it a process has used."""

import os
import platform
import subprocess


def described() -> str:
    """Processors, memory and system, in a few words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} processors ({platform.machine()}), {memory:.0f} GiB, {platform.system()}"


def cpu_seconds(pid: int) -> float:
    """The processor time that a process has used itself, without its children."""
    told = subprocess.run(["ps", "-o", "time=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout.strip()
    days, _, clock = told.rpartition("-")
    seconds = 0.0
    for part in clock.split(":"):
        seconds = seconds * 60 + float(part)
    return int(days or 0) * 86_400 + seconds
