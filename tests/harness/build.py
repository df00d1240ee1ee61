"""Which build and which nginx the stories run against.

GRAY_BUILD    the build folder; build/ of this checkout unless set
GRAY_NGINX    the nginx program; /usr/sbin/nginx unless set
GRAY_PRELOAD  a library to preload into nginx: the sanitizer's run time, when
              only the module is built with it
GRAY_SLOW     a factor for every deadline, for builds that run slower
"""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("GRAY_BUILD") or REPOSITORY / "build").absolute()
NGINX = os.environ.get("GRAY_NGINX") or "/usr/sbin/nginx"
PRELOAD = os.environ.get("GRAY_PRELOAD") or ""
SLOW = float(os.environ.get("GRAY_SLOW") or 1)

MODULE = BUILD / "ngx_http_gray_module.so"
GRAYCTL = BUILD / "grayctl"
GRAYD = BUILD / "grayd"


def sanitized(folder, leaks=False):
    """The environment of a program that may be built with a sanitizer.

    Reports go to files in FOLDER, where the teardown looks for them, since a
    worker's stderr is nobody's. With LEAKS what is never freed counts too.
    """
    reports = Path(folder) / "asan"
    if not reports.exists():
        reports.mkdir()
        reports.chmod(0o1777)

    options = f"log_path={reports}/report:exitcode=99:abort_on_error=0"
    # Every nginx module defines ngx_modules[], and so does nginx.
    options += ":detect_odr_violation=0"
    env = dict(os.environ)
    env.pop("GRAY_STORE", None)
    env["ASAN_OPTIONS"] = f"detect_leaks={int(leaks)}:{options}"
    env["UBSAN_OPTIONS"] = f"print_stacktrace=1:{options}"
    return env


def sanitizer_reports(folder):
    """The text of every report written below FOLDER."""
    return [path.read_text(errors="replace")
            for path in sorted(Path(folder).glob("asan/report*"))]
