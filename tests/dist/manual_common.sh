# What the scripts of the manual begin with: `. "$(dirname "$0")/manual_common.sh"`, the tree as $1
# and the command as $2. It leaves them in an empty directory that goes away at the end.

root=$(realpath "$1")
weir=$(realpath "$2")
work=$(mktemp -d)
failures=0
LC_ALL=C
export LC_ALL
cd "$work" || exit 1
trap 'cd / && rm -rf "$work"' EXIT

# fail MESSAGE...: counts it and goes on.
fail() {
    failures=$((failures + 1))
    echo "not ok: $*"
}

# done_here: the last line.
done_here() {
    [ "$failures" -eq 0 ]
    exit
}

# skip MESSAGE...: the rest of the script; what failed before still counts.
skip() {
    [ "$failures" -eq 0 ] || exit 1
    echo "skip: $*"
    exit 77
}
