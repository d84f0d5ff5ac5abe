# SPDX-License-Identifier: LGPL-2.1-or-later
"""Takes the lock for changing a directory, in the same way as libkmodpp/io/directory_lock."""

import contextlib
import fcntl
import os

LOCK = ".modules.lock"
FLAGS = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC


@contextlib.contextmanager
def locked(directory):
    """Holds the lock, after waiting for its previous holder."""
    path = os.path.join(directory, LOCK)
    while True:
        descriptor = os.open(path, FLAGS | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                break
        os.close(descriptor)
    try:
        yield
    finally:
        os.unlink(path)
        os.close(descriptor)


def wait_for_holder(directory):
    """Waits until the lock is free; a stale lock file is left in place."""
    with contextlib.suppress(FileNotFoundError):
        descriptor = os.open(os.path.join(directory, LOCK), FLAGS)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        finally:
            os.close(descriptor)
