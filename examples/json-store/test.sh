#!/bin/sh
# Test json-store: test.sh [FOLDER with the built programs, build if not given].
# Prints a line a test, PASS: or FAIL:, and exits 1 if any failed.
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -u
build=$(cd "${1:-build}" && pwd) || exit 2
work=$(mktemp -d) || exit 2
service=
trap '[ -z "$service" ] || kill $service 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 2
failures=0

verdict ()			# STATUS NAME
{
  if [ "$1" = 0 ]; then
    echo "PASS: $2"
  else
    echo "FAIL: $2"
    failures=$((failures + 1))
  fi
}

# NAME: the commands in the file `commands', run in an empty store, must reply as in `wanted'.
replies ()
{
  "$build/json-store" --script commands >got 2>errors
  status=$?
  [ $status = 0 ] && [ ! -s errors ] && diff wanted got
  verdict $? "$1"
}

cat >base <<'EOF'
insert p {"id":1,"name":"Ada","age":36,"city":"Oslo","tags":["a","b"],"at":{"x":1.5}}
insert p {"id":2,"name":"bela","age":41.5,"city":"Riga","tags":[]}
insert p {"id":3,"name":"Carl","age":"old","city":"Oslo","at":{"x":-2}}
insert p {"id":4,"name":"Dora","city":"Cork","age":null}
EOF

# --- JSON.

cat >commands <<'EOF'
insert a {"i":9223372036854775807,"j":9223372036854775808,"r":0.1,"e":1E3,"z":-0.0,"n":[],"o":{},"d":12.50}
insert a {"s":"q\" b\\ s\/ \u00e5 \ud83d\ude00 \t\u0001","é":"é"}
get a 1
get a 2
insert a {"x":01}
insert a {"x":"
insert a {"x":"\ud800"}
insert a {"x":1,"x":2}
insert a [1]
insert a {"x":1e999}
insert a {"x":1} y
EOF
cat >wanted <<'EOF'
ok 1
ok 2
 {"i":9223372036854775807,"j":9.223372036854776e+18,"r":0.1,"e":1000.0,"z":-0.0,"n":[],"o":{},"d":12.5}
ok
 {"s":"q\" b\\ s/ å 😀 \t\u0001","é":"é"}
ok
error JSON: number starts with 0 at byte 9
error JSON: unfinished string at byte 8
error JSON: lone surrogate at byte 14
error JSON: member given twice at byte 12
error a: a document must be an object, not array
error JSON: number too large at byte 12
error JSON: text after the value at byte 10
EOF
replies "JSON in and out"

printf 'insert a {"x":"\377"}\ninsert a {"x":"\300\200"}\ninsert a {"x":"\355\240\200"}\n' >commands
printf 'insert a %s\n' "$(printf '{"x":%.0s' $(seq 100))" >>commands
"$build/json-store" --script commands >got
[ "$(grep -c '^error JSON: ' got)" = 4 ]
verdict $? "what is not UTF-8 or too deep is refused"

# --- Queries.

{ cat base; cat <<'EOF'
from p where age > 30 select name
from p where age < "z" select name
from p where age = null select id
from p where city = "Oslo" and not (id = 1)
from p where "b" in tags or at.x < 0 select id, at.x
from p where tags[0] = "a" select tags[-1] as last
from p where name like "%a" select name order by name desc
from p select name order by name nocase limit 2 offset 1
from p select id order by age, id
from p select 1 + 2 * 3 - -4 as a, 7 / 2 as b, 8 / 2 as c, 7 % 3 as d, 1 / 0 as e, "x" || "y" as f limit 1
from p select 9223372036854775807 + 1 as big limit 1
from p where any(t in tags, t = "b") select id
from p where length(name) = 4 select upper(name) as u, substring(name, 1, 2) as s
EOF
} >commands
cat >wanted <<'EOF'
ok 1
ok 2
ok 3
ok 4
 {"name":"Ada"}
 {"name":"bela"}
ok 2
 {"name":"Carl"}
ok 1
 {"id":4}
ok 1
 {"id":3,"name":"Carl","age":"old","city":"Oslo","at":{"x":-2}}
ok 1
 {"id":1,"x":1.5}
 {"id":3,"x":-2}
ok 2
 {"last":"b"}
ok 1
 {"name":"bela"}
 {"name":"Dora"}
 {"name":"Ada"}
ok 3
 {"name":"bela"}
 {"name":"Carl"}
ok 2
 {"id":4}
 {"id":1}
 {"id":2}
 {"id":3}
ok 4
 {"a":11,"b":3.5,"c":4,"d":1,"e":null,"f":"xy"}
ok 1
 {"big":9.223372036854776e+18}
ok 1
 {"id":1}
ok 1
 {"u":"BELA","s":"el"}
 {"u":"CARL","s":"ar"}
 {"u":"DORA","s":"or"}
ok 3
EOF
replies "conditions, columns and orders"

{ cat base; cat <<'EOF'
insert o {"p":1,"total":10}
insert o {"p":2,"total":2.5}
insert o {"p":1,"total":5}
insert o {"p":9,"total":1}
from p group by city select city, count() as n, max(id) as top order by n desc, city
from p group by city having count() > 1 select city
from p where id > 7 select count() as n, sum(id) as s, avg(id) as a
from p select distinct city order by city
from o join p on o.p = p.id select p.name, o.total
from o join p on o.p = p.id where p.city = "Oslo" group by p.name select p.name, sum(o.total) as s
from p group by city select name
from o join p on o.p = o.total select total
EOF
} >commands
cat >wanted <<'EOF'
ok 1
ok 2
ok 3
ok 4
ok 1
ok 2
ok 3
ok 4
 {"city":"Oslo","n":2,"top":3}
 {"city":"Cork","n":1,"top":4}
 {"city":"Riga","n":1,"top":2}
ok 3
 {"city":"Oslo"}
ok 1
 {"n":0,"s":0,"a":null}
ok 1
 {"city":"Cork"}
 {"city":"Oslo"}
 {"city":"Riga"}
ok 3
 {"name":"Ada","total":10}
 {"name":"bela","total":2.5}
 {"name":"Ada","total":5}
ok 3
 {"name":"Ada","s":15}
ok 1
error `name' is neither grouped by nor in an aggregate
error a join compares `p' with a source before it
EOF
replies "groups and joins"

# --- Changes, rules and indexes.

{ cat base; cat <<'EOF'
index p id unique
require p name string
update p set age = 7, at.y = "new" where id = 1
get p 1
update p set id = 2 where id > 2
update p set name = 5 where id = 2
update p set tags[5] = 1 where id = 1
checksum p
put p 1 {"id":1,"name":"Eve"}
insert p {"id":1,"name":"again"}
remove p 2
get p 2
delete from p where city = "Oslo"
from p select id
index p id
require p city number
EOF
} >commands
cat >wanted <<'EOF'
ok 1
ok 2
ok 3
ok 4
ok
ok
ok 1
 {"id":1,"name":"Ada","age":7,"city":"Oslo","tags":["a","b"],"at":{"x":1.5,"y":"new"}}
ok
error p: id must be unique
error p: name must not be number
error document 1 has no place for assignment 1
 75ac6655b38fbc1d
ok 4
ok
error p: id must be unique
ok
error p: no document 2
ok 1
 {"id":1}
 {"id":4}
ok 2
error p: id is indexed already
error p: city is missing in document 1
EOF
replies "changes, rules and unique indexes"

# The same requests with and without indexes must have the same replies.
"$build/json-load" --workload measure --seed 7 --requests 600 | grep -v '^explain' >with
grep -v '^index' with >without
# But for one that a unique index alone makes an error, and those that make rules and indexes.
sed -i '/"name":"twice"/d' with without
"$build/json-store" --script with | sed 1,12d >got.with
"$build/json-store" --script without | sed 1,5d >got.without
cmp got.with got.without && [ "$(wc -l <got.with)" -gt 3000 ]
verdict $? "indexes change no reply"

cat >commands <<'EOF'
index t k unique
index t v
EOF
awk 'BEGIN { for (i = 0; i < 3000; i++) printf "insert t {\"k\":%d,\"v\":%d}\n", i * 7919 % 3001, i % 13
             for (i = 0; i < 3000; i += 1 + i % 3) printf "remove t %d\n", i * 31 % 3000 + 1
             print "from t where k >= 0 select count() as n, min(k) as a, max(k) as b"
             print "from t where k > 100 and k < 200 select count() as n"
             print "from t where v = 5 select count() as n"
             print "explain from t where k > 100 and k < 200 order by k desc" }' >>commands
"$build/json-store" --script commands | grep '^ ' >got.with
sed -e '/^index/d' commands >plain
"$build/json-store" --script plain | grep '^ ' >got.without
head -3 got.with >a; head -3 got.without | cmp - a && grep -q 'index t.k, a range, descending' got.with \
  && grep -q 'scan t' got.without
verdict $? "indexes that grow and shrink"

# --- The store as a whole.

"$build/json-load" --requests 300 >commands
{ cat commands; echo save; } | "$build/json-store" --data saved >got 2>&1
tail -4 got | grep '^ ' >first
printf 'checksum people\nchecksum products\nchecksum orders\n' >sums
"$build/json-store" --data saved --script sums | grep '^ ' >again
grep '^ ' got | tail -3 | cmp - again
verdict $? "what was saved is loaded"

"$build/json-store" --script commands --checksum >one
"$build/json-store" --checksum <commands | cmp - one
verdict $? "the same commands, the same checksum"

"$build/json-load" --requests 300 | cmp - commands && ! "$build/json-load" --requests 300 --seed 2 | cmp -s - commands
verdict $? "the same load for the same seed"

: >log
"$build/json-store" --unix ./socket --log info 2>log & service=$!
for try in 1 2 3 4 5 6 7 8 9 10; do [ -S socket ] && break; sleep 0.2; done
"$build/json-load" --requests 300 --connect ./socket >replies
"$build/json-store" --script commands >direct
[ "$(cut -d' ' -f2 replies)" = "$(wc -l <direct)" ] && [ "$(cut -d' ' -f4 replies)" = "$(wc -c <direct)" ] \
  && [ "$(cut -d' ' -f1 replies)" = "$(cut -d' ' -f1 one)" ]
verdict $? "a service replies as a script does"
kill -TERM $service && wait $service
verdict $? "SIGTERM ends the service"
service=
[ ! -e socket ]
verdict $? "the socket is gone with it"

# --- Hostile input.

cat >commands <<'EOF'
bogus
insert
insert 9x {}
get p 1
from
from p where
from p where (((1
from p limit -1
update p set
explain delete
require p x
index p x y
from p where a[99999999999] = 1
EOF
printf 'from p where %s1\n' "$(printf '(%.0s' $(seq 500))" >>commands
printf 'from p where 1%s\n' "$(printf ' + 1%.0s' $(seq 500))" >>commands
printf 'from p where %s1\n' "$(printf 'not %.0s' $(seq 500))" >>commands
printf 'get\000 p 1\n' >>commands
"$build/json-store" --script commands >got 2>errors
[ $? = 0 ] && [ "$(grep -c '^error ' got)" = 17 ] && [ ! -s errors ]
verdict $? "malformed commands get one line each"

# Bytes of real commands, changed at random: nothing but replies may come of it.
"$build/json-load" --requests 200 | tail -203 >seeds
awk 'BEGIN { srand (7) } { for (r = 0; r < 5; r++) { s = $0; for (i = 0; i < 3; i++) { p = int (rand () * length (s)) + 1
     s = substr (s, 1, p - 1) sprintf ("%c", 32 + int (rand () * 95)) substr (s, p + (rand () < .5)) } print s } }' \
  seeds | grep -v '^shutdown\|^quit' >mutants
{ "$build/json-load" --requests 0; cat mutants; echo stats; } | "$build/json-store" >got 2>errors
[ $? = 0 ] && [ ! -s errors ] && [ "$(grep -c '^error' got)" -gt 300 ] && grep -q '^ {"documents":' got
verdict $? "mutated commands do no harm"

"$build/json-store" --script no-such-file >got 2>errors
[ $? = 1 ] && grep -q '^json-store: error: no-such-file: ' errors && [ "$(wc -l <errors)" = 1 ]
verdict $? "a missing script is an error"
"$build/json-store" --listen 192.0.2.1:80 2>errors
[ $? = 1 ] && grep -q 'only loopback' errors
verdict $? "only loopback addresses are served"

[ $failures = 0 ]
