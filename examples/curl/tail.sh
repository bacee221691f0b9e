#!/bin/sh
# tail.sh: says the lines that are added to a file in a room, as `tail -F` shows them; or those of its standard input.
# What comes in a burst is one message. Lines are said in order, each once, however long the server is away.
#
#   ENCKE_SECRET=s1 ./tail.sh [-n NICKNAME] [-r ROOM] [-g SECONDS] [-b BYTES] [-l LINES] [FILE]
#
#   -n NICKNAME  its name (log)
#   -r ROOM      where it speaks (lobby)
#   -g SECONDS   how long it gathers from the first line on (1)
#   -b BYTES     the longest text (16384): the server's --max-text. A longer line becomes several messages
#   -l LINES     with how many of the lines that are there to begin (0); +1: with all
#
# What no message may have (other control characters than tabs, and what is not UTF-8) comes as question marks.
# When it is stopped (SIGINT, SIGTERM), it still says what it has read; stopped once more, it does not.
#
# ENCKE_URL: where the server is (http://localhost:8080). ENCKE_SECRET, or a line in ~/.netrc: its secret.

# shellcheck source=examples/curl/encke.sh
. "$(dirname "$0")/encke.sh"
nickname=log gather=1 limit=16384 lines=0
while getopts hn:r:g:b:l: flag; do
  case $flag in
    h) usage && exit ;;
    n) nickname=$OPTARG ;;
    r) room=$OPTARG ;;
    g) gather=$OPTARG ;;
    b) limit=$OPTARG ;;
    l) lines=$OPTARG ;;
    *) usage >&2 && exit 2 ;;
  esac
done
shift $((OPTIND - 1))
for number in "${gather%.*}" "${gather#*.}" "$limit" "${lines#+}"; do
  case $number in '' | *[!0-9]*) usage >&2 && exit 2 ;; esac
done
[ "$limit" -ge 4 ] || { usage >&2 && exit 2; } # the longest character
need_secret

# Makes messages (files 1, 2, …) of the whole lines in `unsaid`, and leaves there what has to wait: the beginning of a line, or
# nothing but blanks, which the server does not take by themselves. With an argument, that is all there will be.
make_messages() {
  # The byte 127 behind it all tells a last line that has not ended yet.
  { tr '\000-\010\013\014\016-\037\177' '?' <unsaid && printf '\177'; } |
    LC_ALL=C awk -v limit="$limit" -v over="${1:-}" '
      BEGIN {
        ORS = ""
        valid = "^([\302][\240-\277]|[\303-\337][\200-\277]|[\340][\240-\277][\200-\277]|[\355][\200-\237][\200-\277]"
        valid = valid "|[\341-\354\356\357][\200-\277][\200-\277]|[\360][\220-\277][\200-\277][\200-\277]"
        valid = valid "|[\361-\363][\200-\277][\200-\277][\200-\277]|[\364][\200-\217][\200-\277][\200-\277])+"
      }
      function clean(s, out) {
        while (match(s, /[\200-\377]/)) {
          out = out substr(s, 1, RSTART - 1)
          s = substr(s, RSTART)
          if (match(s, valid)) {
            out = out substr(s, 1, RLENGTH)
            s = substr(s, RLENGTH + 1)
          } else {
            out = out "?"
            s = substr(s, 2)
          }
        }
        return out s
      }
      function is_blank(s) { return s !~ /[^ \t\r\n]/ }
      function put(s) {
        if (is_blank(s)) return
        print s >(++messages "")
        close(messages "")
      }
      function add(line, size) {
        sub(/\r$/, "", line)
        line = clean(line)
        if (any && !is_blank(text) && length(text) + 1 + length(line) > limit) {
          put(text)
          any = 0
        }
        text = any ? text "\n" line : line
        any = 1
        while (length(text) > limit) {
          size = limit
          while (substr(text, size + 1, 1) ~ /[\200-\277]/) --size  # not inside of a character
          put(substr(text, 1, size))
          text = substr(text, size + 1)
        }
      }
      sub(/\177$/, "") {
        if (!over) waiting = $0
        else if ($0 != "") add($0)
        next
      }
      { add($0) }
      END {
        if (any && is_blank(text)) waiting = text "\n" waiting
        else put(text)
        print waiting >"waiting"
      }' && mv waiting unsaid
}

# Says what comes on its standard input, up to its end. One read of dd takes as much as is there.
deliver() {
  said=0 over=
  : >unsaid
  while [ -z "$over" ]; do
    dd bs=1 count=1 >first 2>/dev/null
    if [ -s first ]; then
      cat first >>unsaid
      sleep "$gather"
      # A newline may be all there is, and what it ends must not wait for more.
      [ -z "$(tr '\000' 0 <first)" ] || dd bs=65536 count=1 >>unsaid 2>/dev/null
    else
      over=1
    fi
    make_messages $over
    message=1
    while [ -e "$message" ]; do
      said=$((said + 1))
      say "$run-$said" "room=$room" "text@$message" || return 1
      rm "$message"
      message=$((message + 1))
    done
  done
}

# Whoever is not heard of for a minute is told to have gone, and to have come at their next word.
stay() {
  trap 'kill "$!"; exit' TERM
  while kill -0 "$$" 2>/dev/null; do
    sleep 40 &
    wait "$!"
    ask '/poll?since=latest'
  done
}

dir=$(mktemp -d) || exit 1
mkfifo "$dir/lines"
exec 3<&0
if [ $# = 0 ]; then
  cat <&3 >"$dir/lines" &
else
  tail -n "$lines" -F -- "$1" >"$dir/lines" &
fi
source=$!
exec 3<&-
cd "$dir" || exit 1
deliver <lines &
deliver=$!
stay >/dev/null 2>&1 &
stay=$!

# Without a source, what is being delivered comes to its end.
# shellcheck disable=SC2317
stop() {
  kill "$source" 2>/dev/null
  trap 'kill "$deliver" 2>/dev/null' INT TERM HUP
}
trap stop INT TERM HUP
# A signal ends the waiting, and not what is waited for.
until wait "$deliver"; status=$?; [ "$status" -le 128 ] || ! kill -0 "$deliver" 2>/dev/null; do :; done
kill "$source" "$stay" 2>/dev/null
cd / && rm -rf "$dir"
exit "$status"
