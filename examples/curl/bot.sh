#!/bin/sh
# bot.sh: a bot that sits in a room and answers, to all there or to whom asked in private: !time, !dice 2d6, !help.
#
#   ENCKE_SECRET=s1 ./bot.sh [-n NICKNAME] [-r ROOM]
#
#   -n NICKNAME  its name (bot)
#   -r ROOM      where it sits (lobby)
#
# ENCKE_URL: where the server is (http://localhost:8080). ENCKE_SECRET, or a line in ~/.netrc: its secret.

# shellcheck source=examples/curl/encke.sh
. "$(dirname "$0")/encke.sh"
nickname=bot
while getopts hn:r: flag; do
  case $flag in
    h) usage && exit ;;
    n) nickname=$OPTARG ;;
    r) room=$OPTARG ;;
    *) usage >&2 && exit 2 ;;
  esac
done
need_secret

# What to say to this; nothing, if it is not for us. No answer begins with `!`: two bots would talk for ever.
answer_to() {
  case $1 in
    '!time') date '+It is %H:%M:%S %Z.' ;;
    '!dice' | '!dice '*) dice "${1#!dice}" ;;
    '!help') echo 'I know !time, !dice 2d6 and !help.' ;;
  esac
}

# What others wrote is data: it is matched and counted here, and never becomes a part of a command.
dice() {
  printf '%s\n' "${1:- 1d6}" | awk -v seed="$(random 16777216)" '
    !/^ +[0-9][0-9]?d[0-9][0-9]?[0-9]?$/ { print "Such as !dice 2d6, up to 99d999."; exit }
    {
      split($1, of, "d")
      srand(seed)
      for (i = 0; i < of[1]; ++i) sum += 1 + int(rand() * of[2])
      if (of[1] < 1 || of[2] < 1) print "That is no die."
      else print $1 " makes " sum "."
    }'
}

# Of the lines of an answer, those that ask something: ID, room or to, of whom, who asks, what. An empty field would
# be lost on `read`, for which several tabs are one.
questions() {
  LC_ALL=C awk -F '\t' -v me="$nickname" -v room="$room" '
    $4 "" == me "" || $6 !~ /^!/ { next }  # never answers itself
    $3 == "message" && $5 "" == room "" { print $1 "\troom\t" room "\t" $4 "\t" $6 }
    $3 == "private" { print $1 "\tto\t" $4 "\t" $4 "\t" $6 }'
}

reply_to_all() {
  while IFS=$tab read -r id where whom asker question; do
    reply=$(answer_to "$question")
    [ -n "$reply" ] || continue
    # The question makes the key: whoever reads it twice, after a lost answer or a crash, answers it once.
    [ "$where" != room ] || reply="$asker: $reply"
    say "answer:$id" "$where=$whom" "text=$reply"
  done
}

come_in() { until ask /join "room=$room"; do again; done; }

# From now on: what was asked before we came is not answered.
until ask /session; do again; done
cursor=$(printf '%s\n' "$body" | sed -n 's/.*"cursor":"\([^"]*\)".*/\1/p')
come_in
complain "sits in $room of $base as $nickname"

while :; do
  if ask "/longpoll?since=$cursor&reader=$run"; then
    failures=0
    printf '%s\n' "$body" | questions | reply_to_all
    # Only now: until everything was answered, the old cursor brings it again.
    next=$(printf '%s\n' "$body" | awk -F '\t' '$1 != "" { p = $1 } END { print p }')
    cursor=${next:-$cursor}
    bye=$(printf '%s\n' "$body" | awk -F '\t' '$3 == "bye" { print int($6) }')
    case $body in
      *"${tab}bye$tab"*) nap "${bye:-1000}" ;;
      *"${tab}gap$tab"*) come_in ;; # the server may be another one
    esac
  else
    again
    come_in
  fi
done
