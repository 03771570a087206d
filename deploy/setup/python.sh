#!/bin/sh
# Makes .venv with uv in it. Usage: python.sh PYTHON
# Debian's python3 comes without pip and ensurepip; then pip is taken from Debian's package, which needs no root.
set -eu
. deploy/setup/say.sh
. deploy/setup/debian.sh
python=$1

command -v "$python" >/dev/null || die "There is no $python: install Python 3.11 or newer (on Debian: apt-get install python3)."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "$("$python" --version) is too old: install Python 3.11 or newer and name it, as in: make run PY=python3.11"

offline="The package installer uv could not be fetched: check the network (behind a proxy or a private certificate \
authority: HTTPS_PROXY, PIP_CERT and SSL_CERT_FILE), then run make again."

if .venv/bin/uv --version >/dev/null 2>&1 && .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    VIRTUAL_ENV=$PWD/.venv .venv/bin/uv pip install -q --require-hashes -r deploy/setup/installer.lock || die "$offline"
    exit 0
fi
say "Making a Python environment in .venv"
rm -rf .venv
if "$python" -c 'import ensurepip' 2>/dev/null; then
    "$python" -m venv .venv || die "The Python environment could not be made: the lines above say why."
    wheel=
else
    private_apt_update || die "$python has no pip, and apt-get could not fetch it (see .cache/apt/update.log):" \
        "check the network, or install python3-venv."
    unpack_package python3-pip-whl .cache/pip || die "Debian's pip could not be fetched (see .cache/apt/download.log):" \
        "check the network, or install python3-venv."
    "$python" -m venv --without-pip .venv
    wheel=$(find "$PWD/.cache/pip/usr/share/python-wheels" -name 'pip-*.whl')
fi
PYTHONPATH=$wheel .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes \
    -r deploy/setup/installer.lock || die "$offline"
