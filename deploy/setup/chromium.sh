#!/bin/sh
# Makes sure that tests find a Chromium (tests/support/chromium.py looks in the same places in the same order).
# Without one it is installed by root; anybody else gets it unpacked under .cache, with a script that starts it.
set -eu
. deploy/setup/say.sh
. deploy/setup/debian.sh

[ -n "${CHROMIUM:-}" ] && exit 0
for name in chromium chromium-browser google-chrome; do command -v "$name" >/dev/null && exit 0; done

as_root=
if [ "$(id -u)" = 0 ]; then
    as_root=env
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root="sudo env"
fi
help="Chromium could not be fetched (see .cache/apt): check the network, or install it and name it: CHROMIUM=/path make test"
command -v apt-get >/dev/null || die "The tests need Chromium: install it and name it: CHROMIUM=/path make test"

if [ -n "$as_root" ]; then
    say "Installing Chromium for the tests"
    mkdir -p "$APT_DIR"
    { $as_root apt-get -q update && $as_root DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
        chromium fonts-dejavu-core; } >"$APT_DIR/chromium.log" 2>&1 || die "$help"
    exit 0
fi

say "Unpacking Chromium for the tests into .cache (no root, so it is not installed)"
private_apt_update || die "$help"
root=$PWD/.cache/chromium/root
rm -rf "$root"
unpack_with_needs "$root" chromium fonts-dejavu-core || die "$help"

# Fonts are found by absolute names, so they get a configuration that names the unpacked ones.
cat >.cache/chromium/fonts.conf <<XML
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>$root/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>$PWD/.cache/chromium/fonts-cache</cachedir>
</fontconfig>
XML
libraries=$(find "$root/usr/lib" "$root/lib" -name '*.so*' -exec dirname {} \; 2>/dev/null | sort -u | tr '\n' ':')
cat >.cache/chromium/chromium <<SCRIPT
#!/bin/sh
export LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:-}"
export FONTCONFIG_FILE="$PWD/.cache/chromium/fonts.conf"
exec "$root/usr/lib/chromium/chromium" "\$@"
SCRIPT
chmod +x .cache/chromium/chromium
.cache/chromium/chromium --version >/dev/null 2>.cache/chromium/start.log ||
    die "Chromium was unpacked but does not start (see .cache/chromium/start.log): install chromium as root."
