#!/bin/sh
# talk.sh: starts the thermometer of examples/embed on a free port, asks it as its README says, and stops it.
#
#   talk.sh PROGRAM
set -eu

dir=$(mktemp -d)
program=
trap 'kill -9 $program 2>/dev/null || true; rm -rf "$dir"' EXIT

# A file that is written is, for a moment, empty; one that is put in the place of another never is.
degrees() {
  echo "$1" >"$dir/new"
  mv "$dir/new" "$dir/temp"
}

ask() { curl --silent --show-error --fail --noproxy '*' --max-time 30 -u alice:s2 "$@"; }

# Reads on until somebody has said this.
wait_for() {
  while :; do
    lines=$(ask "$url/longpoll?format=text&since=$cursor")
    cursor=$(printf '%s\n' "$lines" | awk -F '\t' -v last="$cursor" '$1 != "" { last = $1 } END { print last }')
    printf '%s\n' "$lines" | grep -F "$1" || continue
    return
  done
}

degrees 21500
mkfifo "$dir/said"
"$1" "$dir/temp" 0 >"$dir/said" &
program=$!
read -r greeting <"$dir/said"
url=${greeting#thermometer: }
url=${url%/plain}
ask "$url/health" >/dev/null
cursor=$(ask -d nickname=alice -d secret=s2 "$url/login?format=text" | cut -f 2)

ask -d '!status' "$url/send" >/dev/null
wait_for 'thermometer	lobby	It is 21 degrees.'
degrees 47000
wait_for 'thermometer	lobby	It is 47 degrees.'

kill -INT "$program"
wait "$program"
program=
