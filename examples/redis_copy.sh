#!/bin/sh
# redis_copy PROGRAM: a stream is copied, what comes later too; ^C waits for what was taken.
. "$(dirname "$0")/redis_server.sh"

for i in 1 2 3; do
    say XADD in '*' value "$i" colour red >/dev/null
done
"$program" "$at" in "$at" out >copied &
copy=$!
started=$copy
until_is 3 XLEN out
say XADD in '*' value 4 >/dev/null
until_is 4 XLEN out
kill -INT $copy
wait $copy
[ "$(cat copied)" = "4 copied" ]
[ "$(say XPENDING in copy | head -n 1)" = 0 ]
