#!/bin/sh
# Installs, upgrades, downgrades, removes and purges the packages in /packages, in a root where nothing else is.
# Called by try.sh, in a clean root. A line that fails ends it.
set -eu
export DEBIAN_FRONTEND=noninteractive
quietly() { "$@" >/tmp/said 2>&1 || { cat /tmp/said; exit 1; }; }
all_files() { find /etc /opt /usr /var/lib -xdev -not -path '/var/lib/dpkg/*' -not -path '/var/lib/apt/*' | sort; }
daemon=
trap 'test -z "$daemon" || pkill -P "$daemon" || true' EXIT
start() {
    runuser -u bbbd -- env -i PATH=/usr/bin:/bin bbbd run >/tmp/log 2>&1 &
    daemon=$!
    until grep -q '"event": "started"' /tmp/log; do kill -0 "$daemon" || { cat /tmp/log; exit 1; }; sleep 0.2; done
}
stop() { pkill -P "$daemon"; wait "$daemon" || true; daemon=; }
as_bbbd() { runuser -u bbbd -- bbbd "$@"; }

quietly apt-get update
# What it stands on comes first, so that what is left behind at the end is bbbd's alone.
first=$(ls /packages/bbbd_*-1~*.deb) second=/tmp/second.deb
quietly apt-get install -y --no-install-recommends procps $(dpkg-deb -f "$first" Depends | tr ',' '\n' | sed 's/[(|].*//')
all_files >/tmp/before
# A later package: the same files under a higher version.
dpkg-deb -R "$first" /tmp/tree
sed -i 's/^Version: \(.*\)-1~/Version: \1-2~/' /tmp/tree/DEBIAN/control
quietly dpkg-deb --root-owner-group -Znone --build /tmp/tree "$second"
rm -r /tmp/tree
begun=$(date +%s)
quietly apt-get install -y --no-install-recommends "$first"
echo "installed in $(($(date +%s) - begun)) s: $(dpkg-query -W -f '${Version}, ${Installed-Size} KB' bbbd), download $(($(stat -c %s "$first") / 1024)) KB"
test "$(stat -c '%U:%G %a' /etc/bbbd/bbbd.properties)" = "root:bbbd 640"
test "$(stat -c '%U:%G %a' /var/lib/bbbd)" = "bbbd:bbbd 700"
test -s /usr/share/man/man1/bbbd-recordings.1.gz
test -e /etc/systemd/system/multi-user.target.wants/bbbd.service
for library in $(find /opt/bbbd -name '*.so*'); do
    ! ldd "$library" 2>/dev/null | grep 'not found' || { echo "$library"; exit 1; }
done
bash -n /usr/share/bash-completion/completions/bbbd
start
if grep "plugin cache" /tmp/log; then exit 1; fi
as_bbbd call create meetingID=kept name=Kept
as_bbbd secret add moodle
stop

echo 'defaultWelcomeMessage=Ours' >>/etc/bbbd/bbbd.properties
quietly apt-get install -y "$second"
grep -q '^defaultWelcomeMessage=Ours' /etc/bbbd/bbbd.properties
test "$(stat -c '%U:%G %a' /etc/bbbd/bbbd.properties)" = "root:bbbd 640"
start
as_bbbd meetings list | grep kept
stop
echo "upgraded to $(dpkg-query -W -f '${Version}' bbbd): the meeting and the settings are there"
quietly dpkg -i "$first"
start
as_bbbd meetings list | grep kept
stop
echo "downgraded to $(dpkg-query -W -f '${Version}' bbbd): the meeting is there"

quietly apt-get remove -y bbbd
test ! -e /opt/bbbd && test -e /etc/bbbd/bbbd.properties && test -e /var/lib/bbbd/secret
quietly dpkg -i "$second"
start && as_bbbd meetings list | grep kept && stop
echo "removed and installed again: the meeting is there"
dpkg --purge bbbd | tail -1
test ! -e /etc/bbbd && test ! -e /etc/logrotate.d/bbbd
all_files | grep -v '^/var/lib/bbbd' >/tmp/after
# The user stays, as Debian's packages leave theirs.
left=$(comm -13 /tmp/before /tmp/after | grep -v -E '^/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$' || true)
test -z "$left" || { echo "left behind: $left"; exit 1; }
echo "purged: nothing is left but /var/lib/bbbd"
