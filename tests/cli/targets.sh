#!/bin/sh
# What the name of a sink means, and what is done where the file cannot be replaced.
. "$(dirname "$0")/common.sh"

mkdir files
echo new >new
awk 'BEGIN { for (i = 0; i < 200000; i++) print "line", i }' >big

# A name of a descriptor is the descriptor: what others wrote before and after stays.
for name in /dev/stdout /dev/fd/1 /proc/self/fd/1; do
    { echo first && "$weir" new ! $name && echo last; } >out || fail "$name: status"
    printf 'first\nnew\nlast\n' >wanted
    same wanted out "$name"
    : >out
    { echo first && "$weir" new ! $name append && echo last; } >>out || fail "$name: status"
    same wanted out "$name, appending"
done
{ echo first && "$weir" new ! /proc/$$/fd/1 && echo last; } >>out.others
same wanted out.others "an open file of another process"
ln -s /dev/stdout files/link
"$weir" new ! files/link >out
same new out "a link to a descriptor"
[ -L files/link ] || fail "the link was replaced"
"$weir" new ! /dev/stderr 2>out
same new out /dev/stderr
rm files/link
"$weir" big ! /dev/stdout | head -1 >out
[ "$(cat out)" = "line 0" ] || fail "a closed pipe by its name"

expect 1 "$weir" new ! /dev/fd/9
mentions "/dev/fd/9: no such descriptor is open"

# A file with other names is written in place, and so they all change.
echo a much longer old text >files/a
ln files/a files/b
expect 0 "$weir" new ! files/a
complains "weir: files/a is written in place: it has other names"
same new files/b "the other name"
gzip -c big | head -c 200000 >cut.gz
expect 1 "$weir" cut.gz ! gunzip ! files/a
mentions "bytes went to files/a"

# Stopped before anything came, it is as it was.
if [ "${WEIR_DRIVER:-}" != sim ]; then
    cp big files/a
    mkfifo quiet
    (exec 3<>quiet && exec "$weir" - ! files/a <quiet 2>err) &
    pid=$!
    soon catches $pid || fail "it does not begin"
    kill -TERM $pid
    wait $pid
    same big files/b "stopped before anything came"
    mentions "files/a"
fi
rm files/a files/b

# Links are followed; what they lead to is replaced, or made.
ln -s there files/link
expect 0 "$weir" new ! files/link
expect 0 "$weir" new ! files/link
same new files/there "behind a link"
[ -L files/link ] || fail "the link was replaced"
rm files/*

# What is wrong with a sink is said before the input is read.
is_gone() {
    ! kill -0 "$1"
}
mkfifo feed
mkdir files/dir
for target in files/nowhere/x files/dir files/dir/ files/dir/.. ''; do
    [ -n "$target" ] || continue
    (exec 3<>feed && "$weir" - ! lines ! count ! $target <feed 2>err) &
    pid=$!
    soon is_gone $pid
    kill $pid 2>/dev/null && fail "$target: it waits for input"
    wait $pid
    [ $? -eq 1 ] || fail "$target: status"
    mentions " $target: "
done
rmdir files/dir

# Two chains into one file, however it is spelt, would undo each other; what two may well write is
# not refused.
echo other >other
ln -s x.txt lost
ln -s files dirlink
for pair in "./x.txt x.txt" "$work/x.txt x.txt" "./lost x.txt" "files/x dirlink/x" \
    "file:x.txt ./files/../x.txt"; do
    # shellcheck disable=SC2086
    set -- $pair
    expect 2 "$weir" new ! "$1" + other ! "$2"
    mentions "two chains write '$2'"
done
expect 2 "$weir" new ! ./x.txt append + other ! ./x.txt
[ -e x.txt ] && fail "something was opened"
"$weir" new ! ./x.txt append + other ! - >x.txt 2>err
[ $? -eq 2 ] || fail "one that adds, and a descriptor that stands where it stood"
rm x.txt
ln -s /dev/stdout so
"$weir" new ! ./so + other ! ./so >out || fail "links to descriptors"
cat new other | cmp -s - out || fail "links to descriptors: $(cat out)"
"$weir" new ! ./x.txt append + other ! - >>x.txt || fail "two that add"
rm -f x.txt so
expect 0 "$weir" new ! /dev/null + other ! /dev/null
expect 0 "$weir" new ! ./x.txt append + other ! ./x.txt append
expect 0 "$weir" new ! ./y.txt + other ! ./y.txt append
cat new other >wanted
same wanted x.txt "two that add"
same wanted y.txt "one that writes and one that adds"
"$weir" new ! ./x.txt + other >x.txt 2>err
[ $? -eq 2 ] || fail "a file that is standard output too"
mentions "two chains write './x.txt'"
"$weir" new ! /dev/stdout + other ! /dev/stdout >out || fail "standard output twice by its name"
same wanted out "standard output twice by its name"

# Rights: whose file it is, and who may read it.
chmod 604 x.txt
expect 0 "$weir" new ! ./x.txt
[ "$(stat -c %a x.txt)" = 604 ] || fail "mode $(stat -c %a x.txt)"
[ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null || skip "the rest needs root and setpriv"
chmod 755 "$work"
cp "$weir" ./weir
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }

chown 0:1 x.txt
chmod 600 x.txt
if setfacl -m u:65534:rw x.txt 2>/dev/null; then
    expect 0 "$weir" new ! ./x.txt
    getfacl -cnp x.txt >list
    grep -q '^user:65534:rw-$' list && grep -q '^group::---$' list || fail "the list: $(cat list)"
    setpriv --reuid=1 --regid=1 --clear-groups cat x.txt >out 2>&1 && fail "the group may read it"
    mkdir shared
    setfacl -d -m u:65534:rw shared
    (umask 077 && echo old >shared/private)
    setfacl -b shared/private
    chmod 640 shared/private
    expect 0 "$weir" new ! shared/private
    as_nobody cat shared/private >out 2>&1 && fail "what the directory gives was taken over"
fi

# A file that its user made read-only is not replaced, as `>` would not.
mkdir -m 777 open
echo old >open/mine
chown 65534 open/mine
chmod 444 open/mine
run as_nobody ./weir new ! open/mine
[ "$status" -eq 1 ] || fail "a read-only file: status $status"
mentions "permission denied"
[ "$(cat open/mine)" = old ] || fail "a read-only file was replaced"

# Closed, sticky and unlisted directories.
mkdir -m 755 closed
echo old >closed/f
chown 65534 closed/f
run as_nobody ./weir new ! closed/f
complains "weir: closed/f is written in place: its directory does not let it be replaced"
same new closed/f "in a closed directory"
chmod 1777 open
echo old >open/theirs
chmod 666 open/theirs
run as_nobody ./weir new ! open/theirs
mentions "open/theirs is written in place"
same new open/theirs "in a sticky directory"
ls -A open | grep -q weir && fail "a hidden file was left"
mkdir -m 300 drop
chown 65534 drop
run as_nobody ./weir new ! drop/new
[ "$status" -eq 0 ] && same new drop/new "in a drop box"

mkdir -m 1777 sticky # root without the rights of an owner
echo old >sticky/f
chown 65534 sticky sticky/f
chmod 666 sticky/f
if setpriv --bounding-set=-fowner true 2>/dev/null; then
    expect 0 setpriv --bounding-set=-fowner ./weir new ! sticky/f
    complains "weir: sticky/f is written in place: its directory does not let it be replaced"
    same new sticky/f "in a sticky directory, as root"
    [ "$(ls -A sticky)" = f ] || fail "a hidden file was left"
fi

# A directory in which names only come: nothing is made there that could not be taken away.
mkdir grows
echo old >grows/f
if chattr +a grows 2>/dev/null; then
    expect 0 "$weir" new ! grows/f
    complains "weir: grows/f is written in place: its directory does not let it be replaced"
    same new grows/f "in an append-only directory"
    expect 0 "$weir" new ! grows/g
    same new grows/g "new in an append-only directory"
    expect 1 "$weir" cut.gz ! gunzip ! grows/h
    expect 1 "$weir" cut.gz ! gunzip ! grows/h partial=keep
    mentions "what came is in grows/h.partial"
    found=$(ls -A grows | tr '\n' ' ')
    chattr -a grows
    [ "$found" = "f g h.partial " ] || fail "an append-only directory holds $found"
fi

# A mount point is written in place; so is what only a mount makes writable.
echo old >outside
: >inside
if mount --bind outside inside 2>/dev/null; then
    expect 0 "$weir" new ! ./inside
    umount inside
    mentions "something is mounted there"
    same new outside "behind a mount point"
fi
