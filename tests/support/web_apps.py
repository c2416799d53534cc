"""Web applications for tests."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask

from webapp.app import create_app, use_runtime
from webapp.bootstrap import Runtime

AppFactory = Callable[[Runtime], Flask]


class AppPool:
    """Lends applications to one test after the other.

    Creating one compiles the rules of 70 routes, which takes longer than most tests. What
    differs between tests is the runtime, and seldom the settings that `create_app` reads.
    """

    def __init__(self) -> None:
        self._idle: dict[object, list[Flask]] = defaultdict(list)

    @contextmanager
    def lending(self) -> Iterator[AppFactory]:
        """Yield a function like `create_app`; its applications return at the end of the block."""
        lent: list[tuple[object, Flask]] = []

        def lend(runtime: Runtime) -> Flask:
            settings = runtime.settings
            key = (
                settings.require_jwt_secret(),
                tuple(settings.origins),
                settings.trusted_proxies,
                settings.public_url,
                settings.host,
                settings.stage,
            )
            idle = self._idle[key]
            app = idle.pop() if idle else create_app(runtime)
            use_runtime(app, runtime)
            lent.append((key, app))
            return app

        yield lend
        for key, app in lent:
            self._idle[key].append(app)
