"""As whom root starts PostgreSQL, in systems and containers of several kinds."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.config import PROJECT_ROOT
from webapp.devtools.supervisor.privileges import (
    OWN_IDS,
    choose_own_user,
    choose_user_with_name,
)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")
PRINT_USERS = """
from webapp.devtools.supervisor.privileges import *
own, named = choose_own_user(), choose_user_with_name()
print(own.uid, own.gid, named.uid)
"""
TAKE = """
import sys
from pathlib import Path
from webapp.devtools.supervisor.privileges import take_from_nobody
take_from_nobody(Path(sys.argv[1]))
"""
ROOT = "root:x:0:0::/root:/bin/sh"
NOBODY = "nobody:x:65534:65534::/:/bin/false"


def run_with_users(folder: Path, *users: str) -> subprocess.CompletedProcess[str]:
    """Print the users that are chosen where the system has only these."""
    passwd, switch = folder / "passwd", folder / "nsswitch.conf"
    passwd.write_text("".join(f"{user}\n" for user in users))
    switch.write_text("passwd: files\ngroup: files\n")
    mounts = "".join(
        f"mount --bind '{file}' /etc/{file.name} && " for file in (passwd, switch)
    )
    program = shutil.which("unshare")
    if program is None:
        pytest.skip("there is no unshare")
    result = subprocess.run(
        [
            program,
            "-m",
            "/bin/sh",
            "-c",
            f'{mounts} exec "$0" -c "$1"',
            sys.executable,
            PRINT_USERS,
        ],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in result.stderr or "mount:" in result.stderr:
        pytest.skip("this root may not mount")
    return result


def test_the_user_is_shared_with_nobody() -> None:
    assert (
        choose_own_user().uid in OWN_IDS or choose_own_user() == choose_user_with_name()
    )


@pytest.mark.parametrize(
    ("users", "expected"),
    [
        ([ROOT, NOBODY], "61067 61067 65534"),
        ([ROOT, NOBODY, "other:x:61067:1::/:/bin/sh"], "61068 61068 65534"),
        ([ROOT, NOBODY, "ecom67-postgres:x:777:778::/:/bin/sh"], "777 778 777"),
        ([ROOT, "app:x:1000:1000::/:/bin/sh"], "61067 61067 1000"),
    ],
)
def test_the_user_of_a_system_with_these(
    tmp_path: Path, users: list[str], expected: str
) -> None:
    assert run_with_users(tmp_path, *users).stdout.strip() == expected


def test_a_system_of_root_alone_names_what_to_create(tmp_path: Path) -> None:
    result = run_with_users(tmp_path, ROOT)

    assert "create one with the name ecom67-postgres" in result.stderr


@pytest.mark.parametrize("capability", ["+chown", "-chown"])
def test_what_nobody_owned_stays_where_root_may_not_change_owners(
    tmp_path: Path, capability: str
) -> None:
    program = shutil.which("setpriv")
    if program is None:
        pytest.skip("there is no setpriv")
    data = tmp_path / "data"
    data.mkdir()
    (data / "PG_VERSION").write_text("18")
    nobody = choose_user_with_name()
    for path in (data, data / "PG_VERSION"):
        os.chown(path, nobody.uid, nobody.gid)

    result = subprocess.run(
        [program, "--bounding-set", capability, sys.executable, "-c", TAKE, str(data)],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    owners = {path.stat().st_uid for path in (data, data / "PG_VERSION")}
    if capability == "-chown":
        assert owners == {nobody.uid}
        assert "PostgreSQL goes on as nobody" in result.stderr
    else:
        assert owners == {choose_own_user().uid}
        assert result.stderr == ""
