#!/bin/sh
# Records by fields: lines of the manual, what types fit, what is left out, and sort beside sort(1).
. "$(dirname "$0")/common.sh"

cat >people.csv <<'END'
name,age,city
Rex,7,Ulm
Ida,31,"Bad ""X"", Y"
Anna,45,
Tom,,Ulm
Zoe,100,Ulm
END

# Of CSV.
expect 0 "$weir" people.csv ! from csv ! where age gt 30 ! pick name,age ! to csv ! -
prints "name,age
Ida,31
Anna,45
Zoe,100"
expect 0 "$weir" people.csv ! from csv ! to csv ! ./same.csv
same people.csv same.csv "CSV as it came"
expect 0 "$weir" people.csv ! from csv ! where age '>=' 45 ! count
prints 2
expect 0 "$weir" people.csv ! from csv ! where age lt 10 ! set country=DE ! set copy:=name ! \
    rename name=who ! to tsv
prints "$(printf 'who\tage\tcity\tcountry\tcopy\nRex\t7\tUlm\tDE\tRex')"
expect 0 "$weir" people.csv ! from csv ! where city has X ! to csv columns=city,none 'separator=;' header=no
prints '"Bad ""X"", Y";'
expect 0 "$weir" people.csv ! from csv header=no ! where 1 eq age ! pick 0 ! to csv
prints "0
name"
expect 0 "$weir" people.csv ! from csv header=a,b ! take 1 ! to csv
prints "a,b,_2
name,age,city"
printf 'a|b\n#c\n1|x"y\n' >odd
expect 0 "$weir" odd ! from csv 'separator=|' 'comment=#' lazy-quotes ! to tsv
prints "$(printf 'a\tb\n1\t"x""y"')"
expect 0 "$weir" people.csv ! from csv ! where age lt -5 ! count
prints 0
expect 0 "$weir" people.csv ! from csv ! where age missing ! null
expect 0 "$weir" people.csv ! from csv ! skip 1 ! head 1 ! print
prints "name  age  city
Ida    31  Bad \"X\", Y"

# A field that takes the name of another: what was put behind is not lost, also where it is copied.
printf 'b,a,c\n1,2,3\n' >taken.csv
expect 0 "$weir" taken.csv ! from csv ! rename a=b ! set d=1 ! to csv ! -
prints "b,c,d
2,3,1"
printf 'b,a,c\nxxx,yyy,zzz\nppp,qqq,rrr\n' >taken.csv
expect 0 "$weir" taken.csv ! from csv ! rename a=b ! set d=1 ! sort b ! to csv ! -
prints "b,c,d
qqq,rrr,1
yyy,zzz,1"

# For people.
expect 0 "$weir" people.csv ! from csv ! print
prints "name  age  city
Rex     7  Ulm
Ida    31  Bad \"X\", Y
Anna   45
Tom        Ulm
Zoe   100  Ulm"
printf 'a,b\n1,\033[31mred\n2,%s\n' "$(printf '%060d' 7)" >steer.csv
expect 0 "$weir" steer.csv ! from csv ! print
prints "a  b
1  \\x1b[31mred
2  $(printf '%039d' 0)…"
awk 'BEGIN { print "a,b"; for (i = 0; i < 150; i++) print i "," i * i }' >long.csv
expect 0 "$weir" long.csv ! from csv ! print
[ "$(wc -l <out)" -eq 151 ] || fail "print: $(wc -l <out) lines"
[ "$(tail -n 1 out)" = "149  22201" ] || fail "print: the last row is '$(tail -n 1 out)'"
# wide N CELL: three rows of N fields.
wide() {
    awk -v n="$1" -v cell="$2" 'BEGIN { for (row = 0; row < 4; row++)
        for (i = 1; i <= n; i++) printf "%s%s", row ? cell : "f" i, i < n ? "," : "\n" }'
}
wide 3000 1 >wide.csv # rows that are short enough are whole, also those that were held
expect 0 "$weir" wide.csv ! from csv ! print
[ "$(grep -c 'f2999=1  f3000=1$' out)" -eq 3 ] || fail "print: $(rev out | cut -c 1-20 | rev)"
wide 2000 "$(printf '%030d' 0)" >wide.csv
expect 0 "$weir" wide.csv ! from csv ! print
[ "$(grep -c '=0\{30\}  …$' out)" -eq 3 ] || fail "print: $(rev out | cut -c 1-20 | rev)"
[ "$(wc -L <out)" -le 32768 ] || fail "print: a row of $(wc -L <out)"
expect 0 "$weir" people.csv ! from csv ! pick age,city ! stats ! to csv \
    columns=field,count,missing,min,max,mean,distinct
prints "field,count,missing,min,max,mean,distinct
age,4,1,7,100,45.75,4
city,4,1,\"Bad \"\"X\"\", Y\",Ulm,,2"
printf 'id\n9007199254740993\n9007199254740992\n' >large.csv
expect 0 "$weir" large.csv ! from csv ! stats ! pick min,max ! to csv
prints "min,max
9007199254740992,9007199254740993"
expect 0 "$weir" large.csv ! from csv ! where id eq 9007199254740993 ! to csv header=no
prints 9007199254740993

# What does not fit is said before anything is opened.
expect 2 "$weir" people.csv ! where age gt 30 ! -
complains "weir: 'where' takes records, 'people.csv' gives bytes
  people.csv ! where age gt 30 ! -
  ~~~~~~~~~~   ^~~~~ put 'from csv' between them"
expect 2 "$weir" people.csv ! lines ! where age gt 30 ! -
mentions "put 'from ndjson' in the place of 'lines'"
expect 2 "$weir" people.csv ! lines ! grep x ! where age gt 30 ! -
mentions "put 'from ndjson' in the place of 'lines'"
expect 2 "$weir" seq 3 ! where a gt 1
complains "weir: 'where' takes records, 'seq' gives lines
  seq 3 ! where a gt 1
  ~~~~~   ^~~~~ lines have no fields: put 'to lines ! from csv header=NAME' between them"
expect 0 "$weir" seq 3 ! to lines ! from csv header=a ! where a gt 1 ! to ndjson
prints '{"a":2}
{"a":3}'
expect 2 "$weir" people.csv ! gunzip ! where age gt 30 ! -
mentions "'where' takes records, 'gunzip' gives bytes"
expect 2 "$weir" people.csv ! from csv ! -
complains "weir: '-' takes bytes, 'from' gives records
  people.csv ! from csv ! -
               ~~~~       ^ put 'to ndjson' before it"
expect 2 "$weir" people.csv ! from csv ! ./out.csv
mentions "put 'to ndjson' before it"
expect 2 "$weir" people.csv ! from csv ! pick name,town
complains "weir: standard output takes bytes, 'pick' gives records
  people.csv ! from csv ! pick name,town
                          ^~~~~~~~~~~~~~ put '! to ndjson' or '! to csv' behind it"
expect 2 "$weir" people.csv ! from csv ! gzip ! a.gz
mentions "put 'to ndjson' between them"
expect 2 "$weir" people.csv ! from csv ! grep x
mentions "where FIELD has TEXT"
expect 2 "$weir" people.csv ! from csv ! to lines
mentions "'to lines' takes lines, and these are records"
expect 2 "$weir" people.csv ! lines ! to csv
mentions "'to csv' takes records, and these are lines"
printf 'a,b\n1\n\n3,4\n' >short.csv
expect 3 "$weir" short.csv ! from csv ! dead ./blank.txt ! to csv ! -
prints "a,b
1,
3,4"
expect 0 "$weir" people.csv ! from csv ! pick name,age ! stats ! to csv ! -
prints "field,count,missing,min,max,mean,deviation,distinct
name,5,0,Anna,Zoe,,,5
age,4,1,7,100,45.75,39.423977475642914,4"
printf 'a\n9007199254740993\n18446744073709551615\n9007199254740992\n-9223372036854775807\n-9223372036854775808\n' >large.csv
expect 0 "$weir" large.csv ! from csv ! sort a ! to csv ! -
prints "a
-9223372036854775808
-9223372036854775807
9007199254740992
9007199254740993
18446744073709551615"
expect 2 "$weir" people.csv ! from cvs
mentions "did you mean 'csv'?"
expect 1 "$weir" people.csv ! from csv ! dead ./people.csv ! count
mentions "this input is the output too"
expect 2 "$weir" people.csv ! from xlsx
mentions "'xlsx' is none of csv, tsv, ndjson, json, proto"
expect 2 "$weir" people.csv ! from ndjson strict
mentions "'strict' is of csv and tsv, ndjson has none"
expect 2 "$weir" people.csv ! from csv separator=ab
mentions "a separator is one character, not 'ab'"
expect 2 "$weir" people.csv ! from csv ! to csv header=yes
mentions "this can only be header=no"
expect 2 "$weir" people.csv ! from csv ! where age gtt 3
mentions "did you mean 'gt'?"
expect 2 "$weir" people.csv ! from csv ! where age gt
mentions "'gt' needs a value to compare with"
expect 2 "$weir" people.csv ! from csv ! where age exists 3
mentions "'exists' looks at no value"
expect 2 "$weir" people.csv ! from csv ! where age
mentions "'where' needs OP"
expect 2 "$weir" people.csv ! from csv ! where 'age > 3' ! count
mentions "as in 'where age gt 30': a > without quotes is the shell's"
for names in a,,b ,a a, a,b,a; do
    expect 2 "$weir" people.csv ! from csv ! pick "$names"
done
mentions "'a' is named twice"
expect 2 "$weir" people.csv ! from csv ! set a
mentions "there is no = in 'a'"
expect 2 "$weir" people.csv ! from csv ! set =a
mentions "no name stands before the ="
expect 2 "$weir" people.csv ! from csv ! rename a=
mentions "no name stands behind the ="
expect 0 "$weir" people.csv ! from format=csv ! pick name ! last 1 ! to format=ndjson
prints '{"name":"Zoe"}'
expect 2 "$weir" people.csv ! from format=xml ! count
complains "weir: 'xml' is none of csv, tsv, ndjson, json, proto
  people.csv ! from format=xml ! count
                    ^~~~~~~~~~ one of csv, tsv, ndjson, json, proto"
expect 2 "$weir" people.csv ! from csv ! sort
mentions "records are sorted by a field"
expect 2 "$weir" people.csv ! from csv ! sort age numeric
mentions "in any case"
expect 2 "$weir" people.csv ! lines ! sort age
mentions "lines have no field 'age'"
expect 2 "$weir" people.csv ! lines ! sort mem=1K
mentions "outside"
[ ! -e out.csv ] && [ ! -e a.gz ] || fail "something was made"

# open: the suffix says the format, and what reads it whether that is wanted.
gzip -c people.csv >people.csv.gz
expect 0 "$weir" open people.csv.gz ! where age gt 90 ! to csv ! -
prints "name,age,city
Zoe,100,Ulm"
expect 0 "$weir" open people.csv.gz ! ./plain.csv
same plain.csv people.csv "open into a file"
expect 0 "$weir" open people.csv.gz ! lines ! count
prints 6
expect 0 "$weir" open people.csv.gz ! from csv header=no ! count
prints 6
expect 0 "$weir" open people.csv.gz ! count
prints 5
expect 2 "$weir" open big ! where age gt 90 ! -
mentions "'where' takes records, 'open' gives bytes"

# Damaged records: an error that names its place, or left out.
printf 'a,b\n1,2\n3,x"y\n5,6\n' >bad.csv
expect 1 "$weir" bad.csv ! from csv ! to csv ! ./bad.out
mentions "bad.csv:3:4 (record 2, byte 11): "
[ ! -e bad.out ] || fail "bad.out was made"
expect 3 "$weir" bad.csv ! from csv on-error=skip ! to csv
prints "a,b
1,2
5,6"
mentions "1 of 3 records were left out; the first: bad.csv:3:4 (record 2, byte 11): "

# Sort.
awk 'BEGIN {
    srand(5)
    for (i = 0; i < 60000; i++)
        printf "%d some line %d\n", rand() * 5000 - 2500, rand() * 100
}' >big
for how in "" "descending" "numeric" "numeric descending"; do
    case $how in
    "") flags= ;;
    descending) flags=-r ;;
    numeric) flags=-n ;;
    *) flags=-nr ;;
    esac
    # shellcheck disable=SC2086 # words
    sort -s $flags big >wanted
    # shellcheck disable=SC2086
    expect 0 "$weir" big ! lines ! sort $how mem=1M tmp=. ! ./sorted
    same wanted sorted "sort $how"
done
printf 'b\na\nc\n' >a.log
printf 'c\nb\nd\n' >b.log
expect 0 "$weir" merge a.log b.log ! lines ! sort mem=64M ! uniq ! merged.log
printf 'a\nb\nc\nd\n' | cmp -s - merged.log || fail "line 16: $(cat merged.log)"
expect 0 "$weir" people.csv ! from csv ! sort age descending ! pick name ! to csv header=no
prints "Zoe
Anna
Ida
Rex
Tom"
expect 0 "$weir" people.csv ! from csv ! sort city,name ! pick name ! to csv header=no
prints "Anna
Ida
Rex
Tom
Zoe"
expect 0 "$weir" people.csv ! from csv ! sort city,-age ! pick city,age ! to csv header=no
prints ",45
\"Bad \"\"X\"\", Y\",31
Ulm,100
Ulm,7
Ulm,"
expect 0 "$weir" people.csv ! from csv ! sort -age,name ! pick name ! to csv header=no
prints "Zoe
Anna
Ida
Rex
Tom"
awk 'BEGIN { srand(9); print "a,b,c,n"; for (i = 0; i < 30000; i++) print int(rand() * 9) "," int(rand() * 9) "," int(rand() * 9) "," i }' >abc.csv
expect 0 "$weir" abc.csv ! from csv ! sort a,-b,c mem=1M tmp=. ! to csv header=no
tail -n +2 abc.csv | sort -s -t, -k1,1n -k2,2nr -k3,3n >wanted && same out wanted "sort a,-b,c"
expect 0 "$weir" abc.csv ! from csv ! sort -a,-b ! to csv header=no
tail -n +2 abc.csv | sort -s -t, -k1,1nr -k2,2nr >wanted && same out wanted "sort -a,-b"
expect 2 "$weir" abc.csv ! from csv ! sort a,- ! null
mentions "a name is missing in 'a,-'"
expect 2 "$weir" abc.csv ! from csv ! sort a,-b descending ! null
mentions "'a,-b' says itself which are descending"
expect 2 "$weir" abc.csv ! lines ! sort -r ! null
mentions "sort numeric descending"
mkdir closed && chmod 0 closed
expect 1 "$weir" big ! lines ! sort mem=1M tmp=nowhere ! ./sorted2
mentions "TMPDIR"
[ "$(id -u)" -eq 0 ] || { expect 1 "$weir" big ! lines ! sort mem=1M tmp=closed ! ./sorted2; }
[ ! -e sorted2 ] || fail "sorted2 was made"
[ -z "$(ls -A . | grep weir-sort)" ] || fail "a temporary file is left"

# JSON, where this build has it.
has_json || skip "this build has no JSON"
expect 0 "$weir" people.csv ! from csv ! where age gt 30 ! pick name,age ! to ndjson ! -
prints '{"name":"Ida","age":31}
{"name":"Anna","age":45}
{"name":"Zoe","age":100}'
cat >logs.ndjson <<'END'
{"status": 200, "path": "/a", "user": {"name": "x"}}
{"status": 503, "path": "/b", "user": {"name": "y"}, "took": 1.10}
END
expect 0 "$weir" logs.ndjson ! from ndjson ! where status ge 500 ! to ndjson
prints "$(sed -n 2p logs.ndjson)"
expect 0 "$weir" logs.ndjson ! from ndjson ! where user.name eq y ! pick status,user.name,took ! to csv
prints "status,user.name,took
503,y,1.10"
expect 0 "$weir" logs.ndjson ! from ndjson ! sort status descending ! to csv columns=status
prints "status
503
200"
cp logs.ndjson more.ndjson
if "$weir" stages zstd | grep -q 'not in this build'; then
    "$weir" logs.ndjson ! gzip ! ./logs.ndjson.zst
else
    "$weir" logs.ndjson ! zstd ! ./logs.ndjson.zst
fi
expect 0 "$weir" open logs.ndjson.zst ! where status ge 500 ! to csv ! errors.csv
grep -q '^503,/b,' errors.csv || fail "line 11: $(cat errors.csv)"
printf '[{"a":1},{"a":2}]' >list.json
expect 0 "$weir" list.json ! from json ! to json ! ./list.out
expect 0 "$weir" list.out ! from json ! to csv
prints "a
1
2"
printf '{"a":1}' >one.json
expect 0 "$weir" one.json ! from json ! set b=x ! to ndjson
prints '{"a":1,"b":"x"}'
printf '{"a":1}\n{"a":\n{"a":3}\n' >bad.ndjson
expect 1 "$weir" bad.ndjson ! from ndjson ! to ndjson ! null
mentions "bad.ndjson:2:6 (record 2, byte 13): "
expect 3 "$weir" bad.ndjson ! from ndjson on-error=skip ! to ndjson
prints '{"a":1}
{"a":3}'
printf '5' >number.json
expect 1 "$weir" number.json ! from json ! to ndjson
mentions "neither an object nor a list"
printf 'a,b,b\nyyyy,2,3\nxxxx,2,3\n' >twice.csv
expect 0 "$weir" twice.csv ! from csv ! rename a=b ! sort b ! to ndjson ! -
prints '{"b":"xxxx","b_2":3}
{"b":"yyyy","b_2":3}'

# What is no object stays what it is, or is refused.
printf '{"a":1}\n5\n[1,2]\n"x"\n' >values.ndjson
expect 0 "$weir" values.ndjson ! from ndjson ! sort a ! to ndjson ! -
prints '5
[1,2]
"x"
{"a":1}'
expect 1 "$weir" values.ndjson ! from ndjson ! set b=1 ! to ndjson ! null
mentions "'b' can not be put here: the value is no object"
for value in 5 '"x"' null; do
    printf '%s\n{"a":1}\n' "$value" >plain.ndjson
    expect 1 "$weir" plain.ndjson ! from ndjson ! to csv ! ./plain.csv
    mentions "record 1: the value is no object, and has no fields"
    mentions "any value is written by: to ndjson"
    expect 3 "$weir" plain.ndjson ! from ndjson ! to csv on-error=skip ! -
    prints 'a
1'
done
printf '{"a":1}\n5\n' >plain.ndjson
expect 1 "$weir" plain.ndjson ! from ndjson ! pick a ! to ndjson
mentions "pick: plain.ndjson:2:1 (record 2, byte 8): no field can be picked: the value is no object"
expect 1 "$weir" plain.ndjson ! from ndjson ! to proto fields=a:1:int64 ! ./plain.bin
mentions "plain.ndjson:2:1 (record 2, byte 8): the value is no object, and has no fields"
printf '{"a":{"b":1,"c":2}}\n{"a":5,"a.b":3}\n{}\n' >nested.ndjson
expect 0 "$weir" nested.ndjson ! from ndjson ! to csv columns=a,a.b,a.c.d
prints 'a,a.b,a.c.d
"{""b"":1,""c"":2}",1,
5,3,
,,'
mentions "none of 3 records has a field 'a.c.d'"
# What is no number when it is read is not written as one.
digits=$(head -c 1001 /dev/zero | tr '\0' 1)
printf 'a\n%s\n%s\n' "$digits" "${digits#1}" >digits.csv
expect 0 "$weir" digits.csv ! from csv ! to ndjson ! ./digits.ndjson
printf '{"a":"%s"}\n{"a":%s}\n' "$digits" "${digits#1}" >wanted
same digits.ndjson wanted
expect 0 "$weir" digits.ndjson ! from ndjson ! count

# Behind the rows that say which columns there are, too.
printf '{"a":1}\n5\n"x"\n[1,"q"]\n' >plain.ndjson
expect 0 "$weir" plain.ndjson ! from ndjson ! print
prints 'a
1
   5
   "x"
   [1,"q"]'
{ "$weir" seq 100 ! to lines ! from ndjson ! to ndjson && cat plain.ndjson; } >late.ndjson
expect 0 "$weir" late.ndjson ! from ndjson ! print
[ "$(tail -n 4 out)" = '     a=1
  5
"x"
[1,"q"]' ] || fail "print: $(tail -n 4 out)"
printf '1\n2\n2\n"2"\n[]\n{}\n[3]\n[ 3 ]\n[4]\nnull\n' >plain.ndjson
expect 0 "$weir" plain.ndjson ! from ndjson ! uniq ! to ndjson
prints '1
2
"2"
[]
{}
[3]
[4]
null'
expect 1 "$weir" plain.ndjson ! from ndjson ! uniq count ! to ndjson
mentions "'count' can not be put here: the value is no object"
printf '[1,2]\n[3]\n[4,5,6]\n[7,8]\n' >lists.ndjson
expect 1 "$weir" lists.ndjson ! from ndjson ! to csv header=no
mentions "record 3: a list of 3 values is no record of 2 columns"
expect 3 "$weir" lists.ndjson ! from ndjson ! to csv header=no on-error=skip ! -
prints '1,2
3,
7,8'
expect 1 "$weir" lists.ndjson ! from ndjson ! to csv columns=a,b ! ./lists.csv
mentions "record 1: a list of 2 values is no record of 2 columns"
printf '[{"a":1},[2]]' >mixed.json
expect 1 "$weir" mixed.json ! from json ! to ndjson ! null
mentions "item 2 of the list is no object"
printf ' [ {"a":[1,"]"]} , [ 2, "\\"," ] ,"x,\\\\",{"a":2},null, 5e1\n]\n' >mixed.json
expect 3 "$weir" mixed.json ! from json ! dead ./items ! to ndjson
prints '{"a":[1,"]"]}
{"a":2}'
cat >wanted <<'END'
[ 2, "\"," ]
"x,\\"
null
5e1
END
same items wanted
mentions "4 were rejected: they are in ./items"
printf '{"x":0,"a":5}\n{"a":7,"a":1}\n' >doubled.ndjson # of one name the first counts
for stage in 'sort a' 'uniq count' 'last 2'; do
    expect 0 "$weir" doubled.ndjson ! from ndjson ! $stage ! pick a ! to ndjson
    prints '{"a":5}
{"a":7}'
done
printf '{"a":1}\n 5\n[2]\n' >mixed.ndjson
for stage in 'set b=3' 'pick a'; do
    expect 3 "$weir" mixed.ndjson ! from ndjson ! $stage ! dead ./items ! null
    [ "$(cat items)" = "5
[2]" ] || fail "$stage: what is no object is not among what was rejected"
done
printf '[{"a":1},7]' >mixed.json
expect 1 "$weir" mixed.json ! from json ! to ndjson
mentions "no object"
