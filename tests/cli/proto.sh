#!/bin/sh
# Protobuf messages by fields=, beside protoc.
. "$(dirname "$0")/common.sh"

cat >people.csv <<'END'
name,age,city
Rex,7,Ulm
Ida,-31,"Y, Z"
Anna,0,
END
fields=fields=name:1:string,age:2:int64

expect 0 "$weir" people.csv ! from csv ! to proto $fields ! pets.bin
printf '\007\n\003Rex\020\007\020\n\003Ida\020\341\377\377\377\377\377\377\377\377\001\006\n\004Anna' >wanted
same pets.bin wanted "the bytes"
expect 0 "$weir" pets.bin ! from proto $fields ! to csv ! -
prints "name,age
Rex,7
Ida,-31
Anna,0"
# Numbers decide, not the order; what has no field is passed over.
expect 0 "$weir" pets.bin ! from proto fields=age:2:int64,name:1 ! where age gt 5 ! to csv
prints "age,name
7,Rex"
expect 0 "$weir" pets.bin ! from proto fields=name:1 ! where name has A ! to csv
prints "name
Anna"
expect 0 "$weir" pets.bin ! from proto $fields ! sort age ! to proto $fields ! sorted.bin
expect 0 "$weir" sorted.bin ! from proto $fields ! pick name ! to csv header=no
prints "Ida
Anna
Rex"

# Every type, from its least to its greatest.
kinds=s:1,y:2:bytes,b:3:bool,d:4:double,f:5:float,i:6:int32,i8:7:int64,u:8:uint32,u8:9:uint64
kinds=$kinds,z:10:sint32,z8:11:sint64,x:12:fixed32,x8:13:fixed64,w:14:sfixed32,w8:15:sfixed64
cat >kinds.csv <<'END'
s,y,b,d,f,i,i8,u,u8,z,z8,x,x8,w,w8
text,bytes,true,0.1,0.5,-2147483648,-9223372036854775808,4294967295,18446744073709551615,-2147483648,-9223372036854775808,4294967295,18446744073709551615,-2147483648,-9223372036854775808
END
expect 0 "$weir" kinds.csv ! from csv ! to proto fields=$kinds ! kinds.bin
expect 0 "$weir" kinds.bin ! from proto fields=$kinds ! to csv ! ./kinds.again
same kinds.again kinds.csv "every type"

# As many names as numbers: with fewer numbers the last name has a dot.
expect 0 "$weir" pets.bin ! from proto fields=a.b:1 ! take 1 ! to ndjson
prints '{"a.b":"Rex"}'

# What does not fit, and what may not be said.
printf 'name,age\nRex,x\nIda,5000000000\nAnna,\nTom,4\n' >bad.csv
expect 1 "$weir" bad.csv ! from csv ! to proto fields=name:1,age:2:int32 ! ./bad.bin
mentions "bad.csv:2:5 (record 1, byte 13): 'age' is 'x', which is not a whole number of 64 bits"
printf 'age\n5000000000\n' >bad.csv
expect 1 "$weir" bad.csv ! from csv ! to proto fields=age:2:int32 ! ./bad.bin
mentions "'age' (field 2) does not fit in 32 bits"
[ ! -e bad.bin ] || fail "bad.bin was made"
printf '\007\n\003R' >short.bin
expect 1 "$weir" short.bin ! from proto $fields ! count
mentions "record 1 of short.bin: the input ends inside a frame"
printf '\002\n\011\002\020\005' >broken.bin
expect 3 "$weir" broken.bin ! from proto $fields on-error=skip ! to csv
prints "name,age
,5"
expect 1 "$weir" pets.bin ! from proto $fields max=9 ! count
mentions "max = 9"
refused() {
    expect 2 "$weir" pets.bin ! from proto "fields=$1" ! count
    mentions "$2"
}
refused name "'name' has no number"
refused name:0 "'name' has no such number: '0'"
refused name:536870912 "1 to 536870911"
refused name:19999 "a number that protobuf keeps"
refused :1 "no name stands before ':1'"
refused name:1, "a field is missing beside a comma"
refused name:1:strin "did you mean 'string'?"
refused name:1:text "one of string, bytes"
refused a:1,a:2 "'a' is named twice"
refused a:1,b:1 "'b' has the number of 'a'"
refused a.b:1.1,a.b:1.2 "'b' is named twice"
refused a.b:1.1,a.c:1.1 "'c' has the number of 'b'"
refused a.b:1.1,a.c:2.1 "a field once, a message with one number"
refused a.b:1.1,c.b:1.1 "'c' has the number of 'a'"
refused a:1,a.b:1.1 "'a' is named twice"
refused a.b:1.1,a:1 "'a' is named twice"
refused a:1.2 "'a' has more numbers than names: 1.2"
refused a.b:1.2.3 "'b' has more numbers than names: 2.3"
refused a.b:0.1 "'a' has no such number: '0'"
refused a.b:1.x "'b' has no such number: 'x'"
refused a.b:1. "'b' has no such number: ''"
refused a.:1.1 "no name stands before ':1'"
deep=f number=1 json='{"f":"x"}'
for _ in $(seq 100); do
    deep=m.$deep number=1.$number json="{\"m\":$json}"
done
refused "m.$deep:1.$number" "stands in too many messages"
expect 2 "$weir" pets.bin ! from proto ! count
complains "weir: a message of protobuf says no names
  pets.bin ! from proto ! count
                  ^~~~~ fields=name:1,age:2:int64, as the .proto file numbers them"
expect 2 "$weir" people.csv ! from csv ! to proto ! a.bin
mentions "fields=name:1,age:2:int64"
expect 2 "$weir" people.csv ! from csv fields=a:1 ! count
mentions "'fields' is of proto, csv has none"
expect 2 "$weir" people.csv ! from csv ! to csv fields=a:1
mentions "'fields' is of proto, csv has none"
expect 2 "$weir" people.csv ! from csv ! to proto $fields header=no ! a.bin
mentions "'header' is of csv and tsv, proto has none"

# Messages in messages: there, empty and missing are three things.
# They are written as JSON, where this build has it.
has_json || skip "this build has no JSON"
nested=name:1,home.street:4.1,age:2:int64,home.city:4.2,home.at.x:4.3.1:double,home.at.y:4.3.2:double
cat >homes.ndjson <<'END'
{"name":"Rex","home":{"street":"A","city":"Ulm","at":{"x":1.5,"y":-2}},"age":7}
{"name":"Ida","home":{"street":"","city":"Y"},"age":-31}
{"name":"Tom","age":3}
{"name":"Zoe","home":{"street":"","city":"","at":{"x":0,"y":0}},"age":1}
END
expect 0 "$weir" homes.ndjson ! from ndjson ! to proto fields=$nested ! homes.bin
expect 0 "$weir" homes.bin ! from proto fields=$nested ! to ndjson ! ./homes.again
same homes.again homes.ndjson "messages in messages"
expect 0 "$weir" homes.again ! from ndjson ! to proto fields=$nested ! homes.bin.again
same homes.bin homes.bin.again "the bytes of messages in messages"
printf '{"name":"Zoe","home":{}}\n' >empty.ndjson
expect 0 "$weir" empty.ndjson ! from ndjson ! to proto fields=$nested ! empty.bin
printf '\007\n\003Zoe"\000' >wanted
same empty.bin wanted "a message without fields is there"
expect 0 "$weir" homes.bin ! from proto fields=$nested ! where home.city eq Ulm ! pick name,home.at.x ! to csv
prints "name,home.at.x
Rex,1.5"
expect 0 "$weir" homes.bin ! from proto fields=$nested ! sort home.city ! pick name ! to csv header=no
prints "Tom
Zoe
Rex
Ida"
expect 0 "$weir" homes.bin ! from proto fields=home.city:4.2 ! to ndjson
prints '{"home":{"city":"Ulm"}}
{"home":{"city":"Y"}}
{}
{"home":{"city":""}}'
printf '{"home":{"city":5}}\n{"home":7}\n' >bad.ndjson
expect 3 "$weir" bad.ndjson ! from ndjson ! to proto fields=home.city:4.2 on-error=skip ! skipped.bin
expect 0 "$weir" skipped.bin ! from proto fields=home.city:4.2 ! to ndjson
prints '{"home":{"city":"5"}}'
expect 1 "$weir" bad.ndjson ! from ndjson ! to proto fields=home.city:4.2 ! ./no.bin
mentions "'home' is '7', which is not a record"
expect 0 "$weir" homes.ndjson ! from ndjson ! to proto fields=home.town:4.2 ! null
mentions "none of 4 records has a field 'home.town'"
printf '%s\n' "$json" >deep.ndjson
expect 0 "$weir" deep.ndjson ! from ndjson ! to proto "fields=$deep:$number" ! deep.bin
expect 0 "$weir" deep.bin ! from proto "fields=$deep:$number" ! to ndjson ! ./deep.again
same deep.again deep.ndjson "a hundred messages in each other"

# protoc says the same of each message.
command -v protoc >/dev/null || skip "no protoc here"
cat >pet.proto <<'END'
syntax = "proto3";
message Pet { string name = 1; int64 age = 2; }
message Kinds {
  string s = 1; bytes y = 2; bool b = 3; double d = 4; float f = 5; int32 i = 6; int64 i8 = 7;
  uint32 u = 8; uint64 u8 = 9; sint32 z = 10; sint64 z8 = 11; fixed32 x = 12; fixed64 x8 = 13;
  sfixed32 w = 14; sfixed64 w8 = 15;
}
message Point { double x = 1; double y = 2; }
message Home { string street = 1; string city = 2; Point at = 3; }
message Owner { string name = 1; int64 age = 2; Home home = 4; }
END
# told MESSAGE TEXT: what protoc makes of the text, behind its length, which is below 128.
told() {
    printf '%s\n' "$2" | protoc --encode="$1" pet.proto >message || fail "protoc: $2"
    # shellcheck disable=SC2059 # an octal escape
    printf "\\$(printf %o "$(wc -c <message)")"
    cat message
}
{
    told Pet 'name: "Rex" age: 7'
    told Pet 'name: "Ida" age: -31'
    told Pet 'name: "Anna"'
} >protoc.bin
same pets.bin protoc.bin "protoc's bytes of pets"
told Kinds 's: "text" y: "bytes" b: true d: 0.1 f: 0.5 i: -2147483648 i8: -9223372036854775808
    u: 4294967295 u8: 18446744073709551615 z: -2147483648 z8: -9223372036854775808 x: 4294967295
    x8: 18446744073709551615 w: -2147483648 w8: -9223372036854775808' >protoc.bin
same kinds.bin protoc.bin "protoc's bytes of every type"

# protoc writes by number, whatever the order of fields=.
ordered=name:1,age:2:int64,home.street:4.1,home.city:4.2,home.at.x:4.3.1:double,home.at.y:4.3.2:double
expect 0 "$weir" homes.ndjson ! from ndjson ! to proto fields=$ordered ! homes.bin
{
    told Owner 'name: "Rex" age: 7 home { street: "A" city: "Ulm" at { x: 1.5 y: -2 } }'
    told Owner 'name: "Ida" age: -31 home { city: "Y" }'
    told Owner 'name: "Tom" age: 3'
    told Owner 'name: "Zoe" age: 1 home { at { } }'
} >protoc.bin
same homes.bin protoc.bin "protoc's bytes of messages in messages"
