#!/bin/sh
# Every relative link of the documents leads to a file.
#
# usage: links-test.sh TOP
#
# SPDX-License-Identifier: GPL-3.0-or-later
cd "$1" || exit 1
for document in *.md docs/*.md testsuite/*.md bench/*.md examples/*.md examples/*/*.md LICENSES/*.md; do
  [ -f "$document" ] || continue
  bad=
  for link in $(grep -o '](\([^)#]*\)' "$document" | sed 's/^](//' | grep -Ev '^(https?|mailto):'); do
    [ -e "$(dirname "$document")/$link" ] || bad="$bad $link"
  done
  if [ -z "$bad" ]; then echo "PASS: $document"; else echo "FAIL: $document:$bad"; fi
done
