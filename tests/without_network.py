"""Ends this process when it, or any library in it, opens a socket of the internet; for a child process of a test.

A seccomp filter sees every call, those of compiled libraries too, which a patched ``socket`` module does not.
"""

from __future__ import annotations

import ctypes
import platform
import struct

# Number of the call ``socket`` and, as Linux names it, the machine.
_MACHINES = {"x86_64": (41, 0xC000003E), "aarch64": (198, 0xC00000B7)}
_AF_INET, _AF_INET6 = 2, 10
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2


def can_watch() -> bool:
    return platform.system() == "Linux" and platform.machine() in _MACHINES


def end_at_a_socket() -> None:
    """From now on, and in every later thread, such a call kills the process with SIGSYS."""
    number, machine = _MACHINES[platform.machine()]
    steps = (
        (_LOAD, 0, 0, 4), (_EQUAL, 0, 5, machine),
        (_LOAD, 0, 0, 0), (_EQUAL, 0, 3, number),
        (_LOAD, 0, 0, 16), (_EQUAL, 2, 0, _AF_INET), (_EQUAL, 1, 0, _AF_INET6),
        (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _KILL),
    )  # fmt: skip
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    for call in ((_NO_NEW_PRIVILEGES, 1, 0, 0, 0), (_SECCOMP, _FILTER, program, 0, 0)):
        if libc.prctl(*call):
            raise OSError(ctypes.get_errno(), "the filter is not accepted here")
