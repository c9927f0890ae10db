"""Progress for people: a line per step, with how long it took; on a terminal also what runs at the moment."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

# Without a terminal a long step says now and then that it lives.
HEARTBEAT_SECONDS = 20


class StepFailed(Exception):
    """A step failed; the message is for the person who started it."""


class Steps:
    """Steps, some at the same time."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        self._lock = threading.Lock()
        self._live: Progress | None = None

    def __enter__(self) -> "Steps":
        if self.console.is_terminal:
            columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
            self._live = Progress(*columns, console=self.console, transient=True)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()
            self._live = None

    @contextmanager
    def step(self, title: str, advice: str = "") -> Iterator[Callable[[str], None]]:
        """A step. Gives a function that takes what the step does at the moment; `advice` says what to do if it fails."""
        begun = time.monotonic()
        told = begun
        task = self._live.add_task(title, total=None) if self._live else None

        def tell(detail: str) -> None:
            nonlocal told
            if self._live and task is not None:
                self._live.update(task, description=f"{title} [dim]{detail[:70]}")
            elif detail and time.monotonic() - told > HEARTBEAT_SECONDS:
                told = time.monotonic()
                self.say(f"[dim]  … {title} ({told - begun:.0f} s): {detail[:100]}")

        try:
            yield tell
        except Exception as failure:
            self.say(f"[red]✗[/] {title} [dim]{time.monotonic() - begun:.1f} s")
            if isinstance(failure, StepFailed):
                raise
            raise StepFailed("\n".join(filter(None, [f"{title}: {failure}", advice]))) from failure
        else:
            self.say(f"[green]✓[/] {title} [dim]{time.monotonic() - begun:.1f} s")
        finally:
            if self._live and task is not None:
                self._live.remove_task(task)

    def say(self, text: object = "") -> None:
        with self._lock:
            self.console.print(text)
            sys.stdout.flush()
