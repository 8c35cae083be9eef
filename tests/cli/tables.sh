#!/bin/sh
# CSV and TSV as tables: several files, headers of nothing, names that nobody has.
. "$(dirname "$0")/common.sh"

cat >people.csv <<'END'
name,age
Rex,7
Ida,31
END

# Several files: each has its header, and fields are known by their names.
printf 'age,name\n5,Tim' >order.csv
printf 'name,age\n' >empty.csv
: >none.csv
printf 'name,age,city\nUwe,8,Ulm\n' >more.csv
expect 0 "$weir" people.csv order.csv empty.csv none.csv people.csv ! from csv ! to csv ! -
prints "name,age
Rex,7
Ida,31
Tim,5
Rex,7
Ida,31"
expect 0 "$weir" more.csv people.csv ! from csv ! to csv
prints "name,age,city
Uwe,8,Ulm
Rex,7,
Ida,31,"
expect 1 "$weir" people.csv more.csv ! from csv ! to csv ! ./all.csv
mentions "the field 'city' is none of the columns"
[ ! -e all.csv ] || fail "all.csv was made"
expect 0 "$weir" people.csv more.csv ! from csv ! to csv columns=age,city
prints "age,city
7,
31,
8,Ulm"
expect 0 "$weir" people.csv order.csv ! from csv header=no ! count
prints 5
expect 0 "$weir" people.csv - order.csv ! from csv ! count <more.csv
prints 4
expect 0 "$weir" people.csv order.csv ! from csv ! head 1 ! to csv header=no
prints "Rex,7"
i=0
while [ $i -lt 200 ]; do
    i=$((i + 1))
    printf 'n,square\n%d,%d\n' $i $((i * i)) >"many$i.csv"
done
expect 0 "$weir" many*.csv ! from csv ! sort n ! to csv ! ./many.out
awk 'BEGIN { print "n,square"; for (i = 1; i <= 200; i++) print i "," i * i }' >wanted
same many.out wanted "200 files"
awk 'BEGIN { print "a,b"; for (i = 0; i < 30000; i++) print i ",\"x" i "\"" }' >large.csv
expect 0 "$weir" -v large.csv large.csv ! from csv ! where a ge 29999 ! to csv header=no
prints '29999,"x29999"
29999,"x29999"'
size=$(wc -c <large.csv)
[ "$(grep -c "^large.csv  *$size bytes" err)" -eq 2 ] || fail "-v does not count both files: $(cat err)"

# What cannot be told apart is said where it stands, before anything is opened.
expect 2 "$weir" people.csv ! from csv 'separator="' ! to ndjson
complains "weir: a separator can not be '\"', which stands around fields
  people.csv ! from csv 'separator=\"' ! to ndjson
                        ^~~~~~~~~~~~~ one like ; or |, or tab"
expect 2 "$weir" people.csv ! from csv 'comment="' ! count
mentions "a comment can not be '\"', which stands around fields"
expect 2 "$weir" people.csv ! from csv comment=, ! count
mentions "a comment can not be ',', which is the separator"
expect 2 "$weir" people.csv ! from tsv comment=tab ! count
mentions "a comment can not be 'tab', which is the separator"
expect 2 "$weir" people.csv ! from csv 'separator=\' escapes ! count
mentions "a separator can not be '\\', which begins what is escaped"
expect 2 "$weir" people.csv ! from csv ! to csv 'separator="' ! ./quoted.csv
mentions "a separator can not be '\"', which stands around fields"
expect 2 "$weir" people.csv ! from csv ! to csv columns=age,name,age ! ./quoted.csv
complains "weir: 'age' is named twice
  people.csv ! from csv ! to csv columns=age,name,age ! ./quoted.csv
                                 ^~~~~~~~~~~~~~~~~~~~ each column once"
[ ! -e quoted.csv ] || fail "quoted.csv was made"
expect 0 "$weir" people.csv ! from csv escapes 'separator="' ! count
expect 0 "$weir" people.csv ! from csv 'separator=;' comment=, ! count

# A place is that of its file.
printf 'name,age\nUwe,8\nVio,x"y\nKim,1\n' >bad.csv
expect 1 "$weir" people.csv bad.csv ! from csv ! count
complains "weir: from: bad.csv:3:6 (record 2, byte 20): a quote inside of a field that has none around it
  people.csv bad.csv ! from csv ! count
                       ^~~~~~~~   ~~~~~ from csv lazy-quotes, if it is a part of the text
  3 records passed"
expect 3 "$weir" people.csv bad.csv people.csv ! from csv on-error=skip ! pick name ! to csv header=no
prints "Rex
Ida
Uwe
Kim
Rex
Ida"
mentions "1 of 7 records were left out; the first: bad.csv:3:6 (record 2, byte 20): "
expect 3 "$weir" people.csv bad.csv people.csv ! from csv ! dead ./rejected ! count
prints 6
printf 'Vio,x"y\n' | cmp -s - rejected || fail "rejected: $(cat rejected)"
expect 2 "$weir" people.csv nowhere.csv ! from csv ! count
mentions "nowhere.csv: cannot open: no such file or directory"
expect 1 "$weir" people.csv exec:'false' ! from csv on-error=skip ! count
expect 2 "$weir" merge people.csv people.csv ! from csv ! count
complains "weir: the header of the second file would be a record
  merge people.csv people.csv ! from csv ! count
                   ^~~~~~~~~~   ~~~~~~~~ without 'merge': one after the other, each with its header"
expect 2 "$weir" people.csv people.csv ! gzip ! gunzip ! from csv ! count
mentions "'from' right behind the files"
expect 0 "$weir" people.csv people.csv ! gzip ! gunzip ! from csv header=a,b ! count
prints 6
"$weir" explain people.csv order.csv ! from csv ! count >out
grep -q "(one source at a time)" out || fail "explain: $(cat out)"

# Of JSON too: no line is glued to that of another file, each document stands by itself.
if has_json; then
    printf '{"a":1}' >a.ndjson
    printf '[{"a":2},{"a":3}]' >b.json
    expect 0 "$weir" a.ndjson a.ndjson ! from ndjson ! count
    prints 2
    expect 0 "$weir" b.json b.json ! from json ! to csv header=no
    prints "2
3
2
3"
fi

# A table of nothing has its header, where the names are known.
expect 0 "$weir" people.csv ! from csv ! where age gt 999 ! to csv ! -
prints "name,age"
expect 0 "$weir" people.csv ! from csv ! where age gt 999 ! pick age,name ! set x=1 ! rename age=years ! sort x ! to csv
prints "years,name,x"
expect 0 "$weir" people.csv ! from csv ! where age gt 999 ! print
prints "name  age"
expect 0 "$weir" empty.csv people.csv ! from csv ! where age gt 999 ! last 3 ! uniq count ! to tsv
prints "$(printf 'count\tname\tage')"
expect 0 "$weir" none.csv people.csv ! from csv ! where age gt 999 ! uniq ! head 3 ! to csv
prints "name,age"
expect 0 "$weir" people.csv ! from csv ! where age gt 999 ! stats ! to csv
prints "field,count,missing,min,max,mean,deviation,distinct"
expect 0 "$weir" open people.csv ! where age gt 999 ! retry ! to csv
prints "name,age"
expect 0 "$weir" people.csv ! from csv ! where age gt 999 ! to csv header=no
[ -s out ] && fail "header=no wrote $(cat out)"
expect 0 "$weir" people.csv ! from csv header=no ! where 0 eq nobody ! to csv
prints "0,1"
expect 0 "$weir" none.csv ! from csv ! to csv
[ -s out ] && fail "of no header: $(cat out)"
expect 0 "$weir" none.csv ! from proto fields=a:1,b:2 ! to csv
prints "a,b"

# A name that nobody has is told once, behind what was done all the same.
expect 0 "$weir" people.csv ! from csv ! where agee gt 1 ! to csv ! -
prints "name,age"
complains "weir: none of 2 records has a field 'agee'
  people.csv ! from csv ! where agee gt 1 ! to csv ! -
                                ^~~~ did you mean 'age'?"
expect 0 "$weir" people.csv ! from csv ! pick nam,weight,age ! to csv ! -
prints "age
7
31"
complains "weir: none of 2 records has a field 'nam'
  people.csv ! from csv ! pick nam,weight,age ! to csv ! -
                               ^~~~~~~~~~~~~~ did you mean 'name'?
weir: none of 2 records has a field 'weight'
  people.csv ! from csv ! pick nam,weight,age ! to csv ! -
                               ^~~~~~~~~~~~~~ their fields: name, age"
told() {
    text=$1
    shift
    expect 0 "$weir" people.csv ! from csv ! "$@" ! null
    mentions "$text"
}
told "no field 'x'" head 1 ! where x eq 1
mentions "the record has no field 'x'"
told "there is no field 'x'" where age gt 99 ! set y:=x
told "has a field 'old'" rename old=new
told "has a field 'agee'" sort name,-agee
told "has a field 'agee'" to csv columns=agee
told "has a field 'agee'" to proto fields=name:1,agee:2
told "has a field 'x.age'" where x.age eq 1
expect 3 "$weir" bad.csv ! from csv on-error=skip ! pick nme ! to csv ! null
mentions "did you mean 'name'?"
# Nothing is said of a name that some have, that is asked for, or of a table of nothing at all.
for stage in 'where age exists' 'where x missing' 'where x exists' 'set x=1' 'pick age' 'sort -age,name'; do
    # shellcheck disable=SC2086 # words
    expect 0 "$weir" people.csv more.csv ! from csv ! $stage ! where name ne x ! null
    case $stage in pick*) ;; *) [ -s err ] && fail "$stage: $(cat err)" ;; esac
done
expect 0 "$weir" people.csv more.csv ! from csv ! where city eq Ulm ! null
[ -s err ] && fail "a field of the last file: $(cat err)"
printf 'a,b\n1\n2\n' >short.csv
expect 0 "$weir" short.csv ! from csv ! where b eq 3 ! null
[ -s err ] && fail "a field of the header alone: $(cat err)"
expect 0 "$weir" none.csv ! from csv ! where age gt 3 ! null
[ -s err ] && fail "of nothing: $(cat err)"
if has_json; then
    printf '%s\n' '{"a":{"b":1}}' '{"a":{"b":2,"c":{"d":3}}}' >nested.ndjson
    expect 0 "$weir" nested.ndjson ! from ndjson ! where a.c.d eq 3 ! pick a.b ! to ndjson
    prints '{"a.b":2}'
    [ -s err ] && fail "nested: $(cat err)"
    expect 0 "$weir" nested.ndjson ! from ndjson ! where a.c.e eq 3 ! null
    mentions "none of 2 records has a field 'a.c.e'"
fi

# A record that cannot be written is left out where that is asked for; what others find wrong is not.
printf 'name,age\nRex,7\nIda,31,5\nNil,0\nUwe,1,2\n' >extra.csv
expect 1 "$weir" extra.csv ! from csv ! to csv ! ./extra.out
mentions "the field '_2' is none of the columns"
expect 3 "$weir" extra.csv ! from csv ! to csv on-error=skip ! -
prints "name,age
Rex,7
Nil,0"
complains "weir: 2 of 4 records were left out; the first: record 2: the field '_2' is none of the columns, which are the first record's"
printf 'n\n1\nx\n3\n' >numbers.csv
expect 3 "$weir" numbers.csv ! from csv ! to proto fields=n:1:int64 on-error=skip ! ./numbers.bin
mentions "1 of 3 records were left out; the first: numbers.csv:3:1 (record 2, byte 4): 'n' is 'x', which is not a whole number"
expect 0 "$weir" numbers.bin ! from proto fields=n:1:int64 ! to csv
prints "n
1
3"
expect 1 "$weir" bad.csv ! from csv ! to csv on-error=skip ! ./extra.out
mentions "from: bad.csv:3:6 (record 2, byte 20)"
expect 3 "$weir" bad.csv ! from csv on-error=skip ! to csv on-error=skip
mentions "1 of 3 records were left out"
[ ! -e extra.out ] || fail "extra.out was made"
expect 2 "$weir" people.csv ! lines ! to lines on-error=skip
mentions "'on-error' is of records"
expect 2 "$weir" people.csv ! from csv ! to csv on-error=stop
mentions "this can only be 'skip'"

# Escapes in the place of quotes.
printf 'a\\tb\tc\n1\\n2\t\\\\ "x\n\\r\\x\t\n' >esc.tsv
expect 0 "$weir" esc.tsv ! from tsv escapes ! to csv
printf 'a\tb,c\n"1\n2","\\ ""x"\n"\r\\x",\n' >wanted && same out wanted "from tsv escapes"
expect 0 "$weir" esc.tsv ! from tsv escapes ! to tsv escapes
same out esc.tsv "as it came"
expect 0 "$weir" esc.tsv ! from tsv escapes ! to csv ! ./esc.csv
expect 0 "$weir" esc.csv ! from csv ! to tsv escapes
printf 'a\\tb\tc\n1\\n2\t\\\\ "x\n\\r\\\\x\t\n' >wanted && same out wanted "to tsv escapes"
expect 0 "$weir" esc.tsv ! from tsv escapes ! where c starts '\ "' ! count
prints 1
expect 2 "$weir" people.csv ! from ndjson escapes
mentions "'escapes' is of csv and tsv, ndjson has none"
if command -v mlr >/dev/null; then
    expect 0 "$weir" esc.csv ! from csv ! to tsv escapes ! ./esc.again
    mlr --icsv --otsv cat esc.csv >wanted
    same esc.again wanted "Miller writes the same"
fi

# Names that the header has twice.
printf 'a,b,a,a_2\n1,2,3,4\n' >twice.csv
expect 0 "$weir" twice.csv ! from csv ! where a_3 eq 3 ! pick a,a_3,a_2 ! to csv
prints "a,a_3,a_2
1,3,4"
expect 0 "$weir" open twice.csv ! where a_3 eq 3 ! to csv
prints "a,b,a_3,a_2
1,2,3,4"
expect 1 "$weir" twice.csv ! from csv strict ! count
mentions "twice.csv:1:5 (byte 4)"
:

# ---- for people ----

# More fields than there are columns stand behind them with their names, in the first rows, by which
# columns are made, as in those that follow.
awk 'BEGIN { for (i = 0; i < 70; i++) printf "%sc%d", i ? "," : "", i; print ""
    for (r = 0; r < 80; r++) { for (i = 0; i < 70; i++) printf "%s%d", i ? "," : "", i * r; print "" } }' >wide.csv
expect 0 "$weir" wide.csv ! from csv ! print
[ "$(awk 'NR > 1 && NF == 70 && $70 == "c69=" 69 * (NR - 2)' out | wc -l)" = 80 ] || fail "wide rows"
expect 0 "$weir" empty.csv ! from csv ! print
prints "name  age"

# Of JSON too, where this build has it.
has_json || skip "this build has no JSON"
awk 'BEGIN { printf "{"; for (i = 0; i < 900; i++) printf "%s\"a field %d\":\"its value %d\"", i ? "," : "", i, i
    print "}" }' >wider.ndjson
expect 0 "$weir" wider.ndjson wider.ndjson wider.ndjson wider.ndjson wider.ndjson ! from ndjson ! print
[ "$(grep -c 'its value 63  a field 64=its value 64' out)" = 5 ] || fail "wider rows"
awk 'BEGIN { for (i = 0; i < 99; i++) { printf "{"
    for (k = 0; k < 60; k++) printf "%s\"f%d\":\"%0200d\"", k ? "," : "", k, i; print "}" } }' >long.ndjson
expect 0 "$weir" long.ndjson ! from ndjson ! print
[ "$(grep -c '^0\{39\}' out)" = 99 ] || fail "long cells"
cat >nested.ndjson <<'END'
{"a":1,"b":{"c":[1,2]},"d":[],"e":null,"f":true}
{"b":"x\u0000y","a":"long yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"}
{"z":3}
END
expect 0 "$weir" nested.ndjson ! from ndjson ! print
prints "a                                         b       d         e  f     z
1                                         {...}   [...]  null  true
long yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…  x\x01y
                                                                     3"
expect 0 "$weir" none.csv ! from ndjson ! print
[ ! -s out ] || fail "a table of nothing"
