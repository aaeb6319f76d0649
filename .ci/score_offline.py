"""Scores with every socket refused; run with a Python that has biasscore installed, from any folder."""

import socket
import sys


def refuse(*_):
    raise OSError("the network was asked for")


socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse

import biasscore  # noqa: E402

for model in ("base", "small"):
    document = biasscore.load(model).score("The senator issued yet another empty warning.", title="A vote")
    assert document.loaded > 0.5, document
    assert document.spans
from biasscore.cli import main  # noqa: E402

print("biasscore", biasscore.__version__, "from", biasscore.__file__)
sys.exit(main(["models"]))
