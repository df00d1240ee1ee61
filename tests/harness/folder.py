"""Temporary folders that the workers' user can enter."""

import shutil
import tempfile
from pathlib import Path


def make_folder(name="gray-"):
    """A new empty folder, mode 755, outside pytest's own private one."""
    folder = Path(tempfile.mkdtemp(prefix=name))
    folder.chmod(0o755)
    return folder


def remove_folder(folder):
    shutil.rmtree(folder, ignore_errors=True)
