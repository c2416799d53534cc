import re

from click.testing import CliRunner

from webapp.cli.run import run
from webapp.config import PROJECT_ROOT
from webapp.devtools.supervisor.errors import CannotRun
from webapp.devtools.supervisor.parent_watch import EXIT_CRASHED


def test_help_names_every_exit_code() -> None:
    startup_errors = {error.exit_code for error in CannotRun.__subclasses__()}
    installer = (PROJECT_ROOT / "requirements" / "install").read_text()
    installer_errors = {int(code) for code in re.findall(r"exit (\d+)", installer)}

    help_text = CliRunner().invoke(run, ["--help"]).output

    named = {int(code) for code in re.findall(r"[:;]\s+(\d+)\s", help_text)}
    assert named == {0, EXIT_CRASHED, *startup_errors, *installer_errors}
