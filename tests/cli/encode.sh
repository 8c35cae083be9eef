#!/bin/sh
# base64, hex and the hashes beside the programs that people use for them.
. "$(dirname "$0")/common.sh"

"$weir" random 300000 seed=1 ! ./r.bin
printf 'any carnal pleasure' >text

expect 0 "$weir" r.bin ! base64
base64 -w0 r.bin >wanted && same out wanted "base64"
expect 0 "$weir" r.bin ! base64 line=76
base64 r.bin >wanted && same out wanted "base64 line=76"
expect 0 "$weir" r.bin ! base64 line=76 ! unbase64 ! ./back.bin
same back.bin r.bin "unbase64"
base64 -w 13 r.bin >odd
expect 0 "$weir" odd ! unbase64 ! ./back.bin
same back.bin r.bin "unbase64 of lines of 13"
expect 0 "$weir" text ! base64 url unpadded
prints_bytes() { printf '%s' "$1" | cmp -s - out || fail "stdout is '$(cat out)', not '$1'"; }
prints_bytes YW55IGNhcm5hbCBwbGVhc3VyZQ
mv out short
expect 0 "$weir" short ! unbase64 url unpadded strict
same out text "unbase64 url unpadded strict"

expect 0 "$weir" r.bin ! hex
od -An -v -tx1 r.bin | tr -d ' \n' >wanted && same out wanted "hex"
expect 0 "$weir" r.bin ! hex line=60 upper ! unhex ! ./back.bin
same back.bin r.bin "unhex"

# What is wrong has its byte.
printf 'Zm9v\nZm!v' >bad
expect 1 "$weir" bad ! unbase64
complains "weir: unbase64: byte 7 of bad: '!' is no character of base64
  bad ! unbase64
        ^~~~~~~~ another copy of it, if there is one
  3 bytes passed; 3 bytes went to standard output"
expect 1 "$weir" bad ! unbase64 strict ! null
complains "weir: unbase64: byte 4 of bad: byte 0xa is no character of base64
  bad ! unbase64 strict ! null
        ^~~~~~~~~~~~~~~ leave strict out, if lines are meant to be there
  3 bytes passed"
printf 616 >bad
expect 1 "$weir" bad ! unhex ! ./n.bin
complains "weir: unhex: byte 3 of bad: the input ends behind 1 of 2 characters
  bad ! unhex ! ./n.bin
        ^~~~~ partial=keep behind the file keeps what came before
  1 byte passed; ./n.bin was not created"
expect 2 "$weir" text ! base64 line=10
complains "weir: a line ends behind a multiple of 4
  text ! base64 line=10
                ^~~~~~~ line=76"
expect 2 "$weir" text ! hex line=3
complains "weir: a line ends behind a multiple of 2
  text ! hex line=3
             ^~~~~~ line=64"

# Hashes are told at the end, and touch nothing.
expect 0 "$weir" r.bin ! crc32 ! gzip ! r.gz
complains "$(gzip -lv r.gz | awk 'NR == 2 { print $2 }')  r.bin"
gzip -dc r.gz | cmp -s - r.bin || fail "crc32 changed something"
if "$weir" doctor | grep -q '^TLS  *built in'; then
    expect 0 "$weir" r.bin ! sha256 ! gzip ! r.gz
    sha256sum r.bin >wanted && same err wanted "sha256"
    (cd . && sha256sum -c --quiet err) || fail "sha256sum -c does not read it"
    for name in 'back\slash' "$(printf 'new\nline')" "$(printf 'return\rx')" ' blank'; do
        cp r.bin "$name"
        expect 0 "$weir" "./$name" ! sha256 ! null
        sha256sum "./$name" >wanted && same err wanted "sha256 of $name"
    done
    cp r.bin as.it.stands
    expect 0 "$weir" open as.it.stands ! sha256 ! null
    complains "$(sha256sum <r.bin)"
    expect 0 "$weir" r.bin ! gzip ! sha256 ! ./r2.gz
    complains "$(sha256sum <r2.gz)"
    expect 0 "$weir" - ! sha256 ! null <r.bin
    complains "$(sha256sum <r.bin)"
    expect 0 "$weir" r.bin ! sha256 ! lines ! take 1 ! null
    complains "weir: no sha256: the input was not read to its end"
    expect 1 "$weir" r.bin ! gunzip ! sha256 ! null
    grep -q '^[0-9a-f][0-9a-f]*  ' err && fail "a digest of what failed"
    expect 2 "$weir" serve tcp-listen:0 ! sha256 ! -
    complains "weir: 'sha256' tells a digest at the end, and serve has none
  tcp-listen:0 ! sha256 ! -
                 ^~~~~~ hash what arrived: tee it into a file"
else
    expect 2 "$weir" r.bin ! sha256 ! null
    complains "weir: 'sha256' is not in this build
  r.bin ! sha256 ! null
          ^~~~~~ built without OpenSSL: -Dtls=enabled"
fi
if "$weir" doctor | grep -q '^xxhash  *built in'; then
    printf abc >abc
    expect 0 "$weir" abc ! xxh3 ! null
    complains '78af5f94892f3950  abc'
else
    expect 2 "$weir" r.bin ! xxh3 ! null
    complains "weir: 'xxh3' is not in this build
  r.bin ! xxh3 ! null
          ^~~~ built without libxxhash: -Dxxhash=enabled"
fi
