# Read by ./run and ./test: the virtual environment, and packages of the operating system. POSIX shell.

UV=uv==0.13.9
PDF_PACKAGES="libpango-1.0-0 libpangoft2-1.0-0 fontconfig fonts-dejavu-core"
TEST_PACKAGES="$PDF_PACKAGES chromium poppler-utils libatomic1"

die() {
    echo "stepwise: $*" >&2
    exit 1
}

# The lock is made for Python 3.11; 3.12 and 3.13 install the pinned direct requirements.
find_python() {
    for name in python3.11 python3 python3.12 python3.13; do
        if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    die "Python 3.11, 3.12 or 3.13 is needed and was not found."
}

# make_venv requirements | requirements-dev: installs when the environment is missing, broken or of another lock.
make_venv() {
    stamp=.venv/installed-$1
    if .venv/bin/python -c '' >/dev/null 2>&1 && cmp -s "$1.lock" "$stamp"; then
        return
    fi
    echo "stepwise: installing the packages of $1.lock (about a minute)." >&2
    new_venv
    if .venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then
        install_requirements --require-hashes -r "$1.lock"
    else
        install_requirements -r "$1.txt"
    fi
    cp "$1.lock" "$stamp"
    # The set for the tests holds the one for the start.
    [ "$1" = requirements ] || cp requirements.lock .venv/installed-requirements
}

new_venv() {
    .venv/bin/python -m pip --version >/dev/null 2>&1 && return
    python=$(find_python)
    "$python" -m venv --clear .venv >/dev/null 2>&1 && return
    venv_package="$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    install_packages "$venv_package" && "$python" -m venv --clear .venv ||
        die "Python's venv module is missing. Install it: apt-get install $venv_package"
}

install_requirements() {
    pip=".venv/bin/python -m pip --disable-pip-version-check --quiet"
    # The machine's own certificates: a site's proxy may have one that uv does not carry.
    if $pip install "$UV" >.venv/uv.log 2>&1 &&
        .venv/bin/uv pip install --system-certs --compile-bytecode --python .venv/bin/python "$@" >.venv/uv.log 2>&1; then
        return
    fi
    echo "stepwise: installing with pip, which takes longer." >&2
    $pip install "$@"
}

missing_packages() {
    command -v dpkg-query >/dev/null || return 0
    for package in $1; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$package"
    done
}

# As root installs what is missing; as anybody else says no when something is.
install_packages() {
    missing=$(missing_packages "$1")
    [ -n "$missing" ] || return 0
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    echo "stepwise: installing $missing" >&2
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086  (a list of packages)
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1
}
