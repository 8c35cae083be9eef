#!/bin/sh
# As find, sort and sha256sum say it.
#
#   dir_hasher.sh PROGRAM
set -eu

program=$(realpath "$1")
folder=$(mktemp -d)
trap 'chmod -R u+rwx "$folder"; rm -rf "$folder"' EXIT
cd "$folder"

mkdir -p files/a/b/c files/d files/.hidden
for i in $(seq 50); do
    seq $((i * i)) >"files/$i"
    seq "$i" >"files/a/b/file $i"
done
: >files/a/b/c/empty
echo secret >files/.hidden/x
ln -s ../1 files/d/link
mkfifo files/fifo

code=0
"$program" files >said || code=$?
[ $code -ne 77 ] || exit 77
[ $code -eq 0 ]
find files -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum >wanted
diff -u wanted said

! "$program" missing 2>err
grep -q missing err

# Who may read everything cannot be refused a file.
if [ "$(id -u)" -ne 0 ]; then
    chmod 0 files/7
    ! "$program" files >said 2>err
    grep -q files/7 err
    [ "$(wc -l <said)" -eq $(($(wc -l <wanted) - 1)) ]
fi
