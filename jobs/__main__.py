"""Relay, cron and the workers of one machine: `python -m jobs`."""

import sys
from importlib import import_module

from webapp.kit.memory import pause_gc

pause_gc()
sys.exit(import_module("jobs.pool").main())
