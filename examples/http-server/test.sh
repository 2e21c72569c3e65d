#!/bin/bash
# Test http-server: test.sh [FOLDER with the built program, build if not given].
# Prints a line a test, PASS: or FAIL:, and exits 1 if any failed.
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:-build}" && pwd) || exit 2
work=$(mktemp -d) || exit 2
server=
trap '[ -z "$server" ] || kill $server 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 2
export no_proxy='*'
failures=0

verdict ()			# STATUS NAME
{
  if [ "$1" = 0 ]; then echo "PASS: $2"; else echo "FAIL: $2"; failures=$((failures + 1)); fi
}
fails ()			# TEMPLATE MESSAGE NAME: is the template refused with the message?
{
  printf "$1" >bad.html
  "$build/http-server" --template bad.html --render 1 >out 2>&1
  [ $? = 1 ] && grep -q "^bad.html:$2" out
  verdict $? "$3"
}
renders ()			# TEMPLATE EXPECTED NAME
{
  printf "$1" >page.html
  rm -f place
  "$build/http-server" --template page.html --port 0 >place &
  server=$!
  wait_for_place
  [ "$(curl -s "$url?name=a%26b&q=x%20y")" = "$2" ]
  verdict $? "$3"
  kill $server; wait $server; server=
}
wait_for_place ()		# sets url
{
  for ((tries = 0; tries < 100; tries++)); do [ -s place ] && break; sleep 0.05; done
  url=$(cat place)
}

[ "$("$build/http-server" --template "$here/home.html" --render 300)" = "$("$build/http-server" --template "$here/home.html" --render 300)" ]
verdict $? "the same pages, the same checksum"
fails '{{if .A}}x' '1: no {{end}}' "a block that doesn't end"
fails 'a\n{{end}}' '2: no block to end' "an end without a block"
fails '\n\n{{.A | loud}}' '3: after | comes' "an unknown form"
fails '{{A}}' '1: a name is wanted' "a name without a dot"
fails '{{.A' '1: no }}' "an action that doesn't end"
fails '{{if .A}}{{else}}{{else}}{{end}}' '1: a second {{else}}' "two elses"
"$build/http-server" --template missing.html --render 1 2>out
[ $? = 1 ] && grep -q '^http-server: missing.html: ' out
verdict $? "a missing template"

if command -v curl >/dev/null; then
  renders '{{.Name}}|{{.Name | url}}|{{.Name | upper}}|{{.Query | url}}' 'a&amp;b|a%26b|A&amp;B|x%20y' "values are escaped"
  renders '{{/* no */}}{{if .Status}}bad{{else}}good{{end}} {{range .None}}x{{else}}none{{end}} {{with .Name}}{{.}}{{end}}' \
    'good none a&amp;b' "blocks"
  rm -f place
  "$build/http-server" --template "$here/home.html" --port 0 --threads 3 >place &
  server=$!
  wait_for_place
  [ "$(curl -s -o page -w '%{http_code}' "${url}?name=Ada")" = 200 ] && grep -q 'Hello, Ada!' page \
    && [ "$(grep -c '<h2>' page)" = 25 ]
  verdict $? "the home page"
  [ "$(curl -s -o page -w '%{http_code}' "${url}search?q=COMPILERS")" = 200 ] && grep -q '<h2>.*' page
  verdict $? "a search"
  [ "$(curl -s -o page -w '%{http_code}' "${url}nothing")" = 404 ] && grep -q 'NO SUCH PAGE' page
  verdict $? "no such page"
  [ "$(curl -s -o page -w '%{http_code}' -X POST "$url")" = 405 ]
  verdict $? "no such method"
  [ "$(curl -s -o page -o page -w '%{http_code} %{num_connects};' "$url" "$url")" = '200 1;200 0;' ]
  verdict $? "two requests on one connection"
  [ "$(curl -s -o page -w '%{http_code}' "$url$(printf 'x%.0s' {1..400})")" = 414 ]
  verdict $? "a long path"
  kill -TERM $server && wait $server
  verdict $? "SIGTERM ends it"
  server=
fi
[ $failures = 0 ]
