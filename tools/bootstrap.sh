#!/bin/sh
# Readies a bare Debian or Ubuntu for this checkout.
#
#   bootstrap.sh python        print the path of a Python that is new enough (changes nothing)
#   bootstrap.sh venv [run]    make .venv hold exactly what requirements/dev.txt locks, or run.txt, which is part of it
#   bootstrap.sh apt PACKAGE   install a system package: as root, or by a sudo that asks for no password
#   bootstrap.sh pictures      have what tests of pictures use: Chromium, Graphviz's programs, Mermaid (in .venv); what
#                              cannot be had is told, and the tests that need it are skipped
#
# PYTHON names an interpreter to use instead of the first suitable one on PATH. All is quiet when all is well;
# what cannot go on says why in one sentence and exits 2.
set -eu
cd "$(dirname "$0")/.."

fail() {
    echo "bootstrap: $*" >&2
    exit 2
}

python() {
    probe='import sys; sys.version_info >= (3, 11) or sys.exit(1); print(sys.executable)'
    if [ -n "${PYTHON:-}" ]; then
        "$PYTHON" -I -c "$probe" 2>/dev/null || fail "PYTHON=$PYTHON is not a Python 3.11 or newer."
        return
    fi
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        "$name" -I -c "$probe" 2>/dev/null && return
    done
    fail "Python 3.11 or newer is needed and none is on PATH; name one with PYTHON=/path/to/python3."
}

apt() {
    missing="the system package $1 is missing"
    command -v apt-get >/dev/null || fail "$missing and there is no apt-get here to install it."
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || fail "$missing; please run: sudo apt-get install $1"
        as_root="sudo -n"
    fi
    # A new machine may hold the lock for its own updates, or have no package lists yet.
    get="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qy -o DPkg::Lock::Timeout=300"
    echo "bootstrap: installing the system package $1" >&2
    $get install --no-install-recommends "$1" >/dev/null 2>&1 && return
    log=$({ $get update && $get install --no-install-recommends "$1"; } 2>&1) ||
        fail "apt-get could not install $1: $(echo "$log" | tail -n 1)"
}

venv() {
    base=$(python)
    base=$("$base" -c 'import sys; print(sys._base_executable)') # .venv itself may be active, and is replaced
    stamp="$base $("$base" -VV) $(cat requirements/run.txt requirements/dev.txt | cksum)"
    wanted=${1:-dev}
    case "$(cat .venv/stamp 2>/dev/null)" in
        "dev $stamp" | "$wanted $stamp") return ;;
    esac
    if ! "$base" -c 'import ensurepip, venv' 2>/dev/null; then
        apt "$("$base" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
        "$base" -c 'import ensurepip, venv' 2>/dev/null ||
            fail "$base has no ensurepip; name another Python with PYTHON=."
    fi
    echo "bootstrap: preparing .venv" >&2
    "$base" -m venv --clear .venv || fail "$base could not create .venv."
    .venv/bin/python -m pip --disable-pip-version-check install -qq \
        --no-deps --only-binary :all: --require-hashes -r "requirements/$wanted.txt" ||
        fail "what requirements/$wanted.txt locks could not be installed."
    echo "$wanted $stamp" >.venv/stamp
}

pictures() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
        (apt chromium) || echo "bootstrap: tests in a browser will be skipped" >&2
    command -v dot >/dev/null || (apt graphviz) || echo "bootstrap: tests of Graphviz's programs will be skipped" >&2
    case "$(cat .venv/mermaid.stamp 2>/dev/null)" in "$MERMAID") return ;; esac
    if ! command -v npm >/dev/null; then
        echo "bootstrap: no npm: the test that asks Mermaid itself will be skipped" >&2
        return
    fi
    scratch=$(mktemp -d)
    if (cd "$scratch" && npm pack --silent "mermaid@$MERMAID" >/dev/null 2>&1 &&
        tar -xzf ./*.tgz package/dist/mermaid.min.js); then
        cp "$scratch/package/dist/mermaid.min.js" .venv/mermaid.min.js
        echo "$MERMAID" >.venv/mermaid.stamp
    else
        echo "bootstrap: npm could not fetch Mermaid: the test that asks it will be skipped" >&2
    fi
    rm -rf "$scratch"
}

peers() {
    for pair in cc:build-essential spin:spin rumur:rumur tshark:tshark; do
        command -v "${pair%:*}" >/dev/null || (apt "${pair#*:}") ||
            echo "bootstrap: tests that ask ${pair%:*} will be skipped" >&2
    done
}

MERMAID=11.17.2

case "${1:-}" in
    python | venv | apt | pictures | peers) "$@" ;;
    *) fail "the first argument is python, venv, apt, pictures or peers." ;;
esac
