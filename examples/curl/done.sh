#!/bin/sh
# done.sh: runs a command, and tells somebody when it is done, how it ended and how long it took. Its exit status is the
# command's.
#
#   ENCKE_SECRET=s1 ./done.sh [-n NICKNAME] [-t NICKNAME | -r ROOM] [-m NAME] [-w SECONDS] -- COMMAND [ARGUMENT…]
#
#   -n NICKNAME  who tells (build)
#   -t NICKNAME  whom, in private
#   -r ROOM      or where (lobby)
#   -m NAME      what the command is called, rather than all of its words
#   -w SECONDS   how long it tries, if the server is away or nobody of that name is here (30)
#
# ENCKE_URL: where the server is (http://localhost:8080). ENCKE_SECRET, or a line in ~/.netrc: its secret.

# shellcheck source=examples/curl/encke.sh
. "$(dirname "$0")/encke.sh"
nickname=build patience=30 to='' name=''
while getopts hn:t:r:m:w: flag; do
  case $flag in
    h) usage && exit ;;
    n) nickname=$OPTARG ;;
    t) to=$OPTARG ;;
    r) room=$OPTARG ;;
    m) name=$OPTARG ;;
    w) patience=$OPTARG ;;
    *) usage >&2 && exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# != 0 ] || { usage >&2 && exit 2; }
need_secret

# Ctrl-C is for the command; that it came to an end that way is told, too.
trap : INT
began=$(date +%s)
"$@"
ended=$?
trap - INT
took=$(($(date +%s) - began))

# 3 min 12 s
span() {
  [ "$1" -lt 3600 ] || printf '%d h ' $(($1 / 3600))
  [ "$1" -lt 60 ] || printf '%d min ' $(($1 / 60 % 60))
  printf '%d s' $(($1 % 60))
}

# A message has no control characters, and nobody wants to read a command of 100 KiB. A character that was cut goes.
name=$(printf '%s' "${name:-$*}" | tr '\000-\037\177' ' ' | LC_ALL=C awk '
  length($0) > 200 { $0 = substr($0, 1, 200); sub(/[\300-\377][\200-\277]*$/, ""); $0 = $0 "..." }
  { print }')
case $ended in
  0) how='is done' ;;
  *) how="failed with $ended" ;;
esac
text="$name $how after $(span "$took")"

# For as long as the patience lasts, from now on, and never for a moment without having tried.
if [ -n "$to" ]; then set -- "to=$to"; else set -- "room=$room"; fi
say "$run" "$@" "text=$text" || complain "not told, because of $why: $text"
ask /logout format=text # or everybody would be told a minute later that we are gone
exit "$ended"
