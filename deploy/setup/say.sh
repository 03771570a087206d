# Sourced by the scripts of this folder: how they speak.

say() { printf '  • %s\n' "$*"; }

# Ends the script with a sentence that says what to do.
die() {
    printf '\n%s\n' "$*" >&2
    exit 1
}
