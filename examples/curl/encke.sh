# encke.sh: what the programs beside it have in common: asking the server, and saying something until it is taken.
# To be sourced: . "$(dirname "$0")/encke.sh"
#
# Where the server is stands in ENCKE_URL (http://localhost:8080 without it); the nickname's secret in ENCKE_SECRET, or
# else in ~/.netrc, in a line such as: machine localhost login bot password s1
#
# curl is told everything on its standard input: what stands on a command line, `ps` shows to everybody.
# shellcheck shell=sh
set -u

base=${ENCKE_URL:-http://localhost:8080}
base=${base%/}
nickname=
secret=${ENCKE_SECRET:-}
unset ENCKE_SECRET # no command that is started from here needs it
room=lobby
patience=0 # seconds after which again() gives up; 0: never
failures=0
newline='
'
tab=$(printf '\t')
# shellcheck disable=SC2034
run=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n') # a name of this run, for its keys and its reader

complain() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# The comment that a program begins with.
usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; }

need_secret() {
  command -v curl >/dev/null || { complain 'curl is missing'; exit 1; }
  case $nickname in '' | *:*) complain "'$nickname' is no nickname"; exit 2 ;; esac
  [ -n "$secret" ] || [ -r "${HOME:-}/.netrc" ] || {
    complain "no secret for $nickname: set ENCKE_SECRET, or put it into ~/.netrc"
    exit 1
  }
}

# option NAME VALUE: a line of curl's configuration. Inside of its quotes, these are special, and nothing else.
option() {
  printf '%s\n' "$2" | LC_ALL=C awk -v name="$1" '
    { gsub(/[\\"]/, "\\\\&"); gsub(/\r/, "\\r"); value = value (NR > 1 ? "\\n" : "") $0 }
    END { print name " = \"" value "\"" }'
}

# ask PATH [FIELD…]: a GET, or with fields (NAME=VALUE, or NAME@FILE) a POST. Sets $status and $body, and, unless it
# answers true, $code and $why.
ask() {
  answer=$(
    {
      if [ -n "$secret" ]; then
        option url "$base$1"
        option user "$nickname:$secret"
      else
        option url "${base%%://*}://$nickname@${base#*://}$1"
        echo netrc
      fi
      shift
      for field; do option data-urlencode "$field"; done
    } | curl --silent --config - --header 'Accept: text/plain' --connect-timeout 10 --max-time 60 \
      --write-out '\n%{http_code}'
  ) || answer="error${tab}unreachable${tab}curl ended with $?${newline}000"
  status=${answer##*"$newline"}
  body=${answer%"$newline"*}
  [ "$status" != 200 ] || return 0
  code=${body#error"$tab"}
  why="${code%%"$tab"*}: ${code#*"$tab"}"
  why=${why%"$newline"}
  code=${code%%"$tab"*}
  return 1
}

# random N: a number from 0 to N - 1.
random() { echo $(($(od -An -N3 -tu4 /dev/urandom) % $1)); }

# nap MILLISECONDS
nap() { sleep "$(($1 / 1000)).$(printf %03d $(($1 % 1000)))"; }

# Waits before the next try: longer with each failure, and never as long as the others whom the same failure met.
# False: that is over, as $patience says.
again() {
  [ "$failures" != 0 ] || give_up=$(($(date +%s) + patience))
  [ "$patience" = 0 ] || [ "$(date +%s)" -lt "$give_up" ] || return 1
  [ "$failures" -ge 5 ] || failures=$((failures + 1))
  complain "$why; trying again"
  nap $((500 + $(random $((1000 << failures >> 1)))))
}

# say KEY FIELD…: says it, however long it takes. With the same key, many tries are one message. False: it never will be.
say() {
  key=$1
  shift
  failures=0
  until ask /send "key=$key" "$@"; do
    case $code in
      # Nobody is in a room any more after a restart, or after being away for long.
      not_in_room | no_such_room) ! ask /join "room=$room" || continue ;;
      # Who is not here may come, but is not waited for without an end.
      no_such_user) [ "$patience" != 0 ] || return 1 ;;
    esac
    case $status:$code in
      401:* | 408:* | 409:* | 429:* | *:no_such_user) ;;
      4*)
        complain "refused: $why"
        return 1
        ;;
    esac
    again || return 1
  done
  failures=0
}
