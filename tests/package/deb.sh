#!/bin/sh
# deb.sh: builds the Debian package, looks into it, and runs what is in it. As root where no systemd runs (a container), it
# is installed, and purged again; the machine is then as it was. Elsewhere it is only unpacked.
#
#   deb.sh BUILD_FOLDER
set -eu

build=$1
dir=$(mktemp -d)
program=
installed=
finish() {
  [ -z "$program" ] || kill -9 "$program" 2>/dev/null || true
  [ -z "$installed" ] || dpkg --purge encke >/dev/null 2>&1 || true
  rm -rf "$dir"
}
trap finish EXIT

fail() {
  echo "deb.sh: $*" >&2
  exit 1
}
ask() { curl --silent --show-error --fail --noproxy '*' --max-time 30 "$@"; }

# serve COMMAND...: runs it until it says where it serves, and asks it whether it does, page and all.
serve() {
  rm -f "$dir/said"
  mkfifo "$dir/said"
  "$@" >"$dir/said" &
  program=$!
  read -r greeting <"$dir/said" || fail "it does not start: $*"
  url=$(expr "$greeting" : 'encke: serving at \([^ ]*\)')
  ask "$url/health" >/dev/null
  ask "$url/" | grep -qi '<html' || fail "there is no page at /"
  ask -u alice:s2 -d hello "$url/send" >/dev/null
  kill "$program"
  wait "$program" || fail "it does not end well: $*"
  program=
}

cpack --config "$build/CPackConfig.cmake" -G DEB -B "$dir/out" >"$dir/log" 2>&1 || {
  cat "$dir/log"
  fail "no package"
}
deb=$(echo "$dir"/out/encke_*.deb)
[ -f "$deb" ] || fail "not one package: $deb"

depends=$(dpkg-deb --field "$deb" Depends)
for library in libc6 libssl3 libsqlite3 libsystemd0 adduser; do
  case $depends in
    *"$library"*) ;;
    *) fail "it does not depend on $library: $depends" ;;
  esac
done

root=$dir/root
dpkg-deb --extract "$deb" "$root"
dpkg-deb --control "$deb" "$dir/control"
[ "$(cat "$dir/control/conffiles")" = /etc/encke/encke.conf ] || fail "encke.conf is no conffile"
for script in postinst prerm postrm; do
  [ -x "$dir/control/$script" ] || fail "$script cannot be run"
done
for file in usr/bin/encke usr/share/encke/public/index.html etc/encke/encke.conf lib/systemd/system/encke.service \
  lib/systemd/system/encke.socket usr/share/man/man1/encke.1.gz usr/share/doc/encke/copyright; do
  [ -f "$root/$file" ] || fail "$file is not in it"
done
# Nothing that only developers need.
[ ! -e "$root/usr/include" ] && [ ! -e "$root/usr/lib" ] || fail "there is more in it than the program"

grep -q '^#max-text = 16k$' "$root/etc/encke/encke.conf" || fail "encke.conf does not have every option"
gzip -dc "$root/usr/share/man/man1/encke.1.gz" | grep -q 'max\\-text' || fail "encke(1) does not have every option"
if command -v groff >/dev/null; then
  complaints=$(gzip -dc "$root/usr/share/man/man1/encke.1.gz" | groff -man -Tutf8 -ww 2>&1 >/dev/null)
  [ -z "$complaints" ] || fail "groff about encke(1): $complaints"
fi

# What the file says, but for where this test may not write and what may be taken.
export ENCKE_PORT=0
! grep -q '^data = ' "$root/etc/encke/encke.conf" || export ENCKE_DATA="$dir/data"
"$root/usr/bin/encke" --config "$root/etc/encke/encke.conf" --check-config >/dev/null
serve "$root/usr/bin/encke" --config "$root/etc/encke/encke.conf"

if command -v systemd-analyze >/dev/null; then
  # From 0 (bad things can hardly come of it) to 10; below 2.
  systemd-analyze security --offline=true --threshold=20 "$root/lib/systemd/system/encke.service" >"$dir/security" ||
    { cat "$dir/security" && fail "the unit may do too much"; }
fi

if [ "$(id -u)" -ne 0 ] || [ -d /run/systemd/system ]; then
  echo "deb.sh: unpacked and run; it is installed only where this is root and systemd does not run"
  exit 0
fi
if dpkg-query --show encke >/dev/null 2>&1 || getent passwd encke >/dev/null; then
  echo "deb.sh: unpacked and run; there is an encke on this machine already"
  exit 0
fi

snapshot() {
  getent passwd
  getent group
  find /etc/encke /etc/systemd/system /lib/systemd/system /var/lib/encke /var/lib/systemd/deb-systemd-helper-* \
    /usr/bin/encke /usr/share/encke /usr/share/doc/encke 2>/dev/null | sort
}
# Somebody else may be installing something.
install_it() {
  for _ in 1 2 3 4 5 6; do
    dpkg --force-confold --install "$deb" >"$dir/log" 2>&1 && return
    grep -q 'lock' "$dir/log" || break
    sleep 5
  done
  cat "$dir/log"
  fail "it cannot be installed"
}

snapshot >"$dir/before"
installed=yes
install_it
[ "$(stat -c '%U:%G %a' /etc/encke/encke.conf)" = 'root:encke 640' ] || fail "anybody may read encke.conf"
# As the unit has it: systemd makes that folder for it.
unset ENCKE_DATA
install -d -o encke -g encke -m 0700 /var/lib/encke
serve setpriv --reuid=encke --regid=encke --clear-groups /usr/bin/encke --config /etc/encke/encke.conf
if command -v systemd-analyze >/dev/null; then
  for unit in encke.service encke.socket; do
    complaints=$(systemd-analyze verify "/lib/systemd/system/$unit" 2>&1 | grep -F encke || true)
    [ -z "$complaints" ] || fail "systemd about $unit: $complaints"
  done
fi

# What was changed stays, when another version comes and when the package goes; not when it is purged.
echo 'max-text = 8k' >>/etc/encke/encke.conf
install_it
grep -q '^max-text = 8k' /etc/encke/encke.conf || fail "encke.conf was overwritten"
dpkg --remove encke >/dev/null
[ -f /etc/encke/encke.conf ] || fail "encke.conf went with the package"
dpkg --purge encke >/dev/null
installed=
snapshot >"$dir/after"
diff "$dir/before" "$dir/after" || fail "purged, it leaves something behind"
