#!/bin/sh
# scripts/deps against a machine played by small programs in PATH: what is installed, who we are, what apt does.
#
# usage: deps-test.sh TOP, in an empty directory
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -u
deps=$1/scripts/deps
mkdir bin
for tool in sh sed grep cat uname env; do
  ln -s "$(command -v $tool)" bin/$tool
done

# dpkg-query: what the file "installed" lists is installed ("*": everything).
cat >bin/dpkg-query <<'END'
#!/bin/sh
for package; do :; done
if grep -qx '\*' installed || grep -qx "$package" installed; then echo installed; else exit 1; fi
END
# apt-get: does what the file "apt" says for its first argument, and writes down what it was asked for.
cat >bin/apt-get <<'END'
#!/bin/sh
echo "$*" >>log
case $1 in
  update) : >updated ;;
  install)
    if grep -qx "needs update" apt && ! [ -f updated ]; then exit 100; fi
    for package; do
      if grep -qx "lacks $package" apt; then exit 100; fi
    done
    for package; do echo "$package" >>installed; done ;;
esac
END
cat >bin/id <<'END'
#!/bin/sh
cat uid
END
cat >bin/gcc <<'END'
#!/bin/sh
echo 12
END
chmod +x bin/*

machine ()			# UID APT INSTALLED
{
  echo "$1" >uid
  printf '%s\n' "$2" >apt
  printf '%s\n' "$3" >installed
  rm -f log updated out
  : >log
}
run ()				# ARGUMENT...; sets status
{
  env -i PATH="$PWD/bin" ${settings:-} /bin/sh "$deps" "$@" >out 2>&1
  status=$?
}
check ()			# NAME CONDITION...
{
  name=$1
  shift
  if "$@"; then echo "PASS: $name"; else
    echo "FAIL: $name"
    sed 's/^/  /' out log
  fi
}
is ()				# STATUS: of the last run
{
  [ "$status" = "$1" ]
}
silent () { is 0 && ! [ -s out ] && ! [ -s log ]; }
asked () { grep -q "$1" log; }

machine 0 ok '*'
run
check "everything there: silent, nothing asked" silent
run all
check "everything there, for all purposes" silent

machine 1000 ok ''
run
check "not root, no sudo: fails" is 1
check "and says what to install" grep -q 'apt-get install.*dejagnu' out
check "and asks apt for nothing" [ ! -s log ]

machine 1000 ok ''
settings=NO_DEPS=1 run
settings=
check "NO_DEPS=1: goes on" is 0
check "and says what is missing" grep -q 'missing.*dejagnu' out
check "and asks apt for nothing then" [ ! -s log ]

machine 0 ok ''
run build
check "root: installs" is 0
check "the plugin headers of the compiler" asked 'install.*gcc-12-plugin-dev'
check "not what only tests need" [ -z "$(grep dejagnu log)" ]
check "without an update" [ ! -f updated ]

machine 0 'needs update' ''
run
check "package lists that are old: updates, then installs" is 0
check "and has updated" [ -f updated ]

machine 0 'lacks gcc-12-source' ''
run
check "a package that only some tests want is not there: goes on" is 0
check "and installs the others" grep -qx valgrind installed
check "and says so" grep -q 'could not install gcc-12-source' out

machine 0 'lacks dejagnu' ''
run
check "a package that is needed is not there: fails" is 1

machine 0 ok ''
settings=CC=gcc-11 run build
settings=
check "CC=gcc-11: its packages" asked 'g++-11 gcc-11-plugin-dev'

machine 0 ok ''
run nonsense
check "an unknown purpose: usage" is 2

rm bin/dpkg-query
machine 1000 ok ''
run
check "no dpkg: says so and goes on" is 0
