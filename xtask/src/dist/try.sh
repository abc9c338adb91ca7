#!/bin/sh
# Runs as root in a bare Debian: installs the package, uses it as a person would, upgrades it while a run goes on, and
# removes it. Each step either works or ends this with a message.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

step() { echo "==> $*"; }
fail() { echo "error: $*" >&2; exit 1; }
as_ada() { setpriv --reuid=1000 --regid=1000 --clear-groups env -i HOME=/home/ada USER=ada PATH=/usr/bin:/bin LC_ALL=C.UTF-8 "$@"; }
# Asks again and again for up to a minute.
await() {
  what=$1; shift
  for _ in $(seq 600); do if "$@" >/dev/null 2>&1; then return 0; fi; sleep 0.1; done
  fail "waited in vain for $what"
}

step "install, with all that it depends on"
apt-get -qq update
apt-get -qq -y --no-install-recommends install /shared/millrace.deb >/shared/install.log 2>&1 || { tail -20 /shared/install.log; fail "it cannot be installed"; }
useradd --create-home --uid 1000 ada 2>/dev/null || fail "no user"
for file in /usr/bin/millrace-keeper /usr/share/applications/app.millrace.desktop.desktop /usr/share/man/man1/millrace.1.gz; do
  [ -e "$file" ] || fail "$file is missing"
done
missing=$(ldd /usr/bin/millrace-desktop | grep "not found" || true)
[ -z "$missing" ] || fail "libraries are missing: $missing"

step "the sample from the command line"
as_ada millrace run /usr/share/doc/millrace/examples/hello.json

step "its own type of files"
grep -q "application/vnd.millrace+json:\*.millrace.json" /usr/share/mime/globs || fail "the type is not known"

step "the window"
apt-get -qq -y --no-install-recommends install xvfb imagemagick dbus >/shared/install.log 2>&1 || fail "no display"
as_ada Xvfb :7 -screen 0 1280x800x24 -nolisten tcp >/dev/null 2>&1 &
display=$!
await "the display" test -S /tmp/.X11-unix/X7
as_ada env DISPLAY=:7 NO_AT_BRIDGE=1 millrace-desktop --fullscreen --theme dark /usr/share/doc/millrace/examples/hello.json >/shared/window.log 2>&1 &
window=$!
colours() { [ "$(DISPLAY=:7 import -window root png:- | convert png:- -unique-colors -format %w info:)" -gt 200 ]; }
await "the window to be drawn" colours
sleep 2
DISPLAY=:7 import -window root /shared/window.png
kill -0 "$window" || { cat /shared/window.log; fail "the window has ended"; }
kill "$window"

step "an upgrade while a run goes on"
cat >/home/ada/long.json <<'DOCUMENT'
{ "millrace": 1, "name": "long", "tasks": [
  { "name": "wait", "kind": "shell", "spec": { "script": "until [ -e /tmp/go ]; do sleep 0.1; done" } },
  { "name": "after", "kind": "shell", "spec": { "script": "echo after" } } ],
  "dependencies": [{ "from": "wait", "to": "after" }] }
DOCUMENT
as_ada millrace run /home/ada/long.json >/shared/long.log 2>&1 &
run=$!
running() { as_ada millrace show last | grep -q running; }
await "the run" running
dpkg -i /shared/next.deb >/shared/install.log 2>&1 || { cat /shared/install.log; fail "it cannot be upgraded"; }
dpkg-query -W -f '${Version}\n' millrace | grep -q next || fail "the next version is not there"
touch /tmp/go
wait "$run" || { cat /shared/long.log; fail "the run did not survive the upgrade"; }
as_ada millrace run /usr/share/doc/millrace/examples/hello.json >/dev/null

step "remove and purge"
as_ada millrace daemon stop
dpkg --purge millrace >/shared/install.log 2>&1 || { cat /shared/install.log; fail "it cannot be removed"; }
left=$(find /usr/bin /usr/share /etc -path '*millrace*' | head)
[ -z "$left" ] || fail "files stayed: $left"
[ -e /home/ada/.local/share/millrace/history.db ] || [ -e /home/ada/.local/share/millrace-dev/history.db ] || fail "the history of the user is gone"
kill "$display"
step "done"
