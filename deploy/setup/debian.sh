# Sourced: Debian packages without touching the system and without root. Lists and downloads live under .cache/apt;
# only the list of installed packages is the system's.

APT_DIR="$PWD/.cache/apt"

private_apt() {
    apt-get -q -o Dir::State="$APT_DIR/state" -o Dir::State::status=/var/lib/dpkg/status \
        -o Dir::Cache="$APT_DIR/cache" -o Dir::Log="$APT_DIR" -o Debug::NoLocking=1 -o APT::Sandbox::User= "$@"
}

# Fetch the package lists, at most once an hour.
private_apt_update() {
    command -v apt-get >/dev/null || return 1
    mkdir -p "$APT_DIR/state/lists/partial" "$APT_DIR/cache/archives/partial"
    [ -n "$(find "$APT_DIR/updated" -mmin -60 2>/dev/null)" ] && return 0
    private_apt update >"$APT_DIR/update.log" 2>&1 && touch "$APT_DIR/updated"
}

# Unpack one package into a folder: unpack_package NAME FOLDER
unpack_package() {
    (cd "$APT_DIR/cache" && private_apt download "$1" >>"$APT_DIR/download.log" 2>&1) || return 1
    mkdir -p "$2"
    for deb in "$APT_DIR/cache/$1"_*.deb; do dpkg -x "$deb" "$2" && rm "$deb" || return 1; done
}

# Unpack packages with everything they need that is not installed: unpack_with_needs FOLDER NAME...
unpack_with_needs() {
    folder=$1
    shift
    rm -f "$APT_DIR"/cache/archives/*.deb
    private_apt install -y --download-only --no-install-recommends "$@" >"$APT_DIR/download.log" 2>&1 || return 1
    mkdir -p "$folder"
    for deb in "$APT_DIR"/cache/archives/*.deb; do dpkg -x "$deb" "$folder" && rm "$deb" || return 1; done
}
