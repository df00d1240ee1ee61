"""A small file system of its own, and filling it."""

import os
import subprocess

import pytest

MEGABYTES = 18


def mount_small_disk(folder, cleanup, megabytes=MEGABYTES):
    """Mounts one on FOLDER until the test ends."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755",
         "tmpfs", folder], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("file systems cannot be mounted here")
    cleanup.callback(subprocess.run, ["umount", "-l", folder], check=True)


def room(folder):
    """Bytes that are free."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_bsize


def fill_disk(folder, leave=0):
    """Another program's file takes all but LEAVE bytes."""
    with open(folder / "other", "ab", buffering=0) as other:
        while room(folder) > leave:
            other.write(bytes(min(room(folder) - leave, 1 << 20)))
