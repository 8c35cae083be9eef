#!/bin/sh
# Killed in the middle of writing: the old file is untouched or the new one complete, and nothing
# half-written stands under a final name.
. "$(dirname "$0")/common.sh"

mkdir files
head -c 60000000 /dev/urandom >big
size=60000000
echo old >files/old.txt
killed=0

for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
    for name in old new; do
        "$weir" big ! gzip level=1 ! gunzip ! files/$name.txt 2>/dev/null &
        pid=$!
        sleep "0.$(printf '%02d' $((n * n % 40)))"
        kill -9 $pid 2>/dev/null
        wait $pid 2>/dev/null
        [ $? -ne 137 ] || killed=$((killed + 1))
        if [ -e files/$name.txt ]; then
            now=$(wc -c <files/$name.txt)
            [ "$now" -eq $size ] || [ "$name$now" = old4 ] || fail "$name.txt has $now bytes"
        else
            [ $name = new ] || fail "the old file is gone"
        fi
        rm -f files/new.txt
        [ "$(wc -c <files/old.txt)" -eq 4 ] || echo old >files/old.txt
    done
done
[ $killed -gt 0 ] || fail "it was always done before it was killed"
# Hidden ones may be left when an old file was being replaced; a name that people see may not.
left=$(ls files | grep -v '^old.txt$')
[ -z "$left" ] || fail "left: $left"
