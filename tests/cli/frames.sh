#!/bin/sh
# frame and unframe: lengths of every shape, both ways, and lengths that lie.
. "$(dirname "$0")/common.sh"

printf 'one\n\nthree\n' >text
printf '\000\000\000\003one\000\000\000\000\000\000\000\005three' >frames
expect 0 "$weir" text ! lines ! unframe
same out frames "unframe"
expect 0 "$weir" frames ! frame
same out text "frame"
expect 0 "$weir" frames ! frame ! count
prints 3
expect 0 "$weir" text ! lines ! unframe ! gzip ! frames.gz
expect 0 "$weir" frames.gz ! gunzip ! frame ! grep e ! ./found
printf 'one\nthree\n' >wanted
same found wanted "through gzip"

for options in width=1 width=2 width=8 'width=3 little' 'adjust=-4' 'width=2 little adjust=-2' max=5; do
    # shellcheck disable=SC2086 # several words
    expect 0 "$weir" text ! lines ! unframe $options ! ./there
    # shellcheck disable=SC2086
    expect 0 "$weir" there ! frame $options
    same out text "unframe and frame $options"
done
printf 'zz\002abzz\001c' >offset
expect 0 "$weir" offset ! frame width=1 offset=2
prints 'ab
c'
expect 0 "$weir" offset ! frame width=1 offset=2 header ! unframe width=1
printf '\005zz\002ab\004zz\001c' >wanted
same out wanted "header"
expect 0 "$weir" seq 5 ! batch 2 ! unframe width=1
printf '\0011\0012\0013\0014\0015' >wanted
same out wanted "batches"

# Lengths that lie.
printf '\000\000\000\003one\377\000\000\000' >lies
expect 1 "$weir" lies ! frame
mentions 'weir: frame: record 2 (byte 7 of lies): a frame of 4278190080 bytes; frame_bytes_max = 8388608'
printf '\000\000\000\003one\000\000\000\011' >cut
expect 1 "$weir" cut ! frame
mentions 'byte 7'
mentions 'ends inside a frame'
expect 1 "$weir" text ! lines ! unframe max=4
mentions 'frame_bytes_max = 4'

expect 2 "$weir" text ! frame width=9
expect 2 "$weir" text ! unframe
mentions "put 'lines' between them"
expect 2 "$weir" text ! frame sideways
