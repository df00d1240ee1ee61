"""Which build and which nginx the stories run against.

GRAY_BUILD    the build folder; build/ of this checkout unless set
GRAY_NGINX    the nginx program; /usr/sbin/nginx unless set
GRAY_PRELOAD  a library to preload into nginx: the sanitizer's run time, when
              only the module is built with it
GRAY_SLOW     a factor for every deadline, for builds that run slower
GRAY_VALGRIND 1: nginx and the unit tests run under valgrind's memcheck
"""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("GRAY_BUILD") or REPOSITORY / "build").absolute()
NGINX = os.environ.get("GRAY_NGINX") or "/usr/sbin/nginx"

# Whether AddressSanitizer watches nginx: it takes signals for itself.
SANITIZED = (Path(NGINX).exists()
             and b"libasan" in Path(NGINX).read_bytes())
PRELOAD = os.environ.get("GRAY_PRELOAD") or ""
SLOW = float(os.environ.get("GRAY_SLOW") or 1)
VALGRIND = os.environ.get("GRAY_VALGRIND") == "1"

MODULE = BUILD / "ngx_http_gray_module.so"
GRAYCTL = BUILD / "grayctl"
GRAYD = BUILD / "grayd"
DAMAGE = BUILD / "tests/damage"


def watched(command, folder, leaks=True):
    """COMMAND, under memcheck when that is wanted.

    What memcheck finds goes to a file for each process, where
    sanitizer_reports looks for it. With LEAKS what is definitely lost when
    a process ends counts too.
    """
    if not VALGRIND:
        return command
    return ["valgrind", "-q", "--trace-children=yes", "--vgdb=no",
            "--keep-debuginfo=yes", "--error-exitcode=99",
            f"--leak-check={'full' if leaks else 'no'}",
            "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite",
            f"--suppressions={REPOSITORY}/tests/memory/valgrind.supp",
            "--gen-suppressions=all", "--num-callers=30",
            f"--log-file={reports_folder(folder)}/report.%p", *command]


def reports_folder(folder):
    """Where reports about the programs of FOLDER go; any user may write."""
    reports = Path(folder) / "asan"
    if not reports.exists():
        reports.mkdir()
        reports.chmod(0o1777)
    return reports


def sanitized(folder, leaks=False):
    """The environment of a program that may be built with a sanitizer.

    Reports go to files in FOLDER, where the teardown looks for them, since a
    worker's stderr is nobody's. With LEAKS what is never freed counts too.
    """
    options = f"log_path={reports_folder(folder)}/report"
    options += ":exitcode=99:abort_on_error=0"
    # Every nginx module defines ngx_modules[], and so does nginx.
    options += ":detect_odr_violation=0"
    env = dict(os.environ)
    for name in ("STORE", "SERVER", "TOKEN", "USER", "PASSWORD", "CA"):
        env.pop(f"GRAY_{name}", None)
    env["ASAN_OPTIONS"] = f"detect_leaks={int(leaks)}:{options}"
    env["UBSAN_OPTIONS"] = f"print_stacktrace=1:{options}"
    return env


def sanitizer_reports(folder):
    """The text of every report written below FOLDER."""
    texts = (path.read_text(errors="replace")
             for path in sorted(Path(folder).glob("asan/report*")))
    # memcheck also makes a file for a process without errors.
    return [text for text in texts if text]
