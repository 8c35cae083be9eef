# What the scripts of programs that talk begin with: `. "$(dirname "$0")/network.sh"`, the program
# as $1, netcat as $2. It leaves the script in a directory of its own; what was started ends with it.
set -eu

# A simulation's clock jumps over the seconds that real peers have.
case ${WEIR_DRIVER:-} in sim) exit 77 ;; esac

program=$(realpath "$1")
netcat=$(realpath "$2")
folder=$(mktemp -d)
started=
cd "$folder"

finish() {
    for process in $started; do
        kill -CONT "$process" 2>/dev/null || true
        kill "$process" 2>/dev/null || true
    done
    cd / && rm -rf "$folder"
}
trap finish EXIT

fail() {
    echo "$*" >&2
    tail -n 20 ./*.err >&2 || true
    exit 1
}

# until_said FILE TEXT: waits for it, for 20 seconds at most.
until_said() {
    tries=0
    until grep -q "$2" "$1" 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 2000 ] || fail "$1 never said '$2'"
        sleep 0.01
    done
}

# start NAME COMMAND... <FILE: it writes NAME.out and NAME.err, and its process is $process.
start() {
    name=$1
    shift
    : >"$name.out" # a text of the one before would be found there
    : >"$name.err"
    exec 9<&0 # what stands behind & has no input of its own otherwise; nor may it have a talker's
    "$@" <&9 3>&- 4>&- 9<&- >"$name.out" 2>"$name.err" &
    process=$!
    exec 9<&-
    started="$started $process"
}

# listen NAME COMMAND...: the same; comes back when it listens, and says where in $address.
listen() {
    start "$@"
    said=$1.out
    case $2 in *netcat) said=$1.err ;; esac
    until_said "$said" "listening on "
    address=$(sed -n 's/listening on //p' "$said")
}

# talker NAME: a client of $address that says what is written to the FIFO NAME.
talker() {
    mkfifo "$1"
    start "$1" sh -c "exec '$netcat' $address <'$1'" </dev/null
}
