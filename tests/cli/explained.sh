#!/bin/sh
# weir_pipeline_explain() says of a text what `weir explain` says of it, byte for byte, and what is wrong
# with one in the same words. $2 is `explained`.
case $2 in
/*) explained=$2 ;;
*) explained=$PWD/$2 ;;
esac
. "$(dirname "$0")/common.sh"

printf 'a,b\n1,2\n' >a.csv
cp a.csv b.csv
while read -r text; do
    "$explained" "$text" >ours 2>ours.wrong
    set -f # words, and no patterns
    # shellcheck disable=SC2086 # one word a word
    "$weir" explain $text >commands 2>commands.wrong
    set +f
    cmp -s ours commands || fail "$text: $(diff ours commands)"
    sed -n '1s/^weir: //p' commands.wrong | cmp -s ours.wrong - ||
        fail "$text: $(cat ours.wrong), $(cat commands.wrong)"
done <<'END'
a.csv b.csv ! lines ! grep a ! to lines ! gzip ! ./out.gz
a.csv ! tee t ! null + t. ! lines ! par 2 exec true ! null + seq 3 ! ./y
merge a.csv b.csv ! from csv header=a,b ! where a gt 1 ! sort a ! to json ! ./z sync=no
tcp:h:1 ! buffer 1M ! from csv ! stats ! to ndjson ! null
seq 9 ! http-get ! save . on-error=skip
exec:true ! retry ! lines ! uniq ! count ! null
a.csv ! lines ! save . roll=1M,1s
a.csv ! gzip ! grep a ! null
seq 3 ! tkae 2
seq 3 ! take x
nowhere.csv ! null
a.csv ! ./y + b.csv ! ./y
END
