#!/bin/sh
# Runs a program in a folder with a log, the same compressed, and a file of numbers, and compares
# what it prints with EXPECTED. The log is its standard input too.
#
#   run.sh EXPECTED PROGRAM
set -eu

# In a simulation there are no other threads and no other processes.
case "${WEIR_DRIVER:-} $1" in sim*libuv_work* | sim*shell_pipe*) exit 77 ;; esac

expected=$(realpath "$1")
program=$(realpath "$2")
folder=$(mktemp -d)
trap 'cd / && rm -rf "$folder"' EXIT
cd "$folder"

printf 'GET /\nERROR /a\nGET /b\n\nERROR /c\n- end\nGET /z\n' >access.log
gzip -c access.log >access.log.gz
printf '1\n20\n300\n' >numbers
"$program" <access.log >printed
diff -u "$expected" printed
